/** The client that `openapi-typescript` and `openapi-fetch` make of the document, against the running front door. */

import assert from "node:assert/strict";
import { test } from "node:test";

import createClient, { type Client } from "openapi-fetch";

import type { paths } from "../../target/contract/api.js";
import { apiUrl, token } from "./environment.js";

function clientOf(subject: string): Client<paths> {
  return createClient<paths>({ baseUrl: apiUrl, headers: { authorization: `Bearer ${token(subject)}` } });
}

function newUser(subject: string) {
  return { email: `${subject}@example.org`, name: "Ada Lovelace" };
}

test("a user places an order and reads it back", async () => {
  const client = clientOf("ts-customer");

  const user = await client.POST("/users", { body: newUser("ts-customer") });
  const products = await client.GET("/products", { params: { query: { category: "tea" } } });
  const product = products.data!.items[0]!;
  const placed = await client.POST("/orders", {
    params: { header: { "Idempotency-Key": "ts-1" } },
    body: { items: [{ productId: product.id, quantity: 2 }] },
  });
  const read = await client.GET("/orders/{orderId}", { params: { path: { orderId: placed.data!.id } } });

  assert.equal(user.data?.id, "ts-customer");
  assert.equal(placed.response.headers.get("location"), `/orders/${placed.data!.id}`);
  assert.deepEqual(read.data, placed.data);
  assert.equal(read.data?.total.amount, 2 * product.price.amount);
});

test("a second profile and too large an order are conflicts with a type", async () => {
  const client = clientOf("ts-twice");
  await client.POST("/users", { body: newUser("ts-twice") });
  const products = await client.GET("/products");
  const scarce = products.data!.items.find(({ stock }) => stock < 1_000)!;

  const again = await client.POST("/users", { body: newUser("ts-twice") });
  const tooMany = await client.POST("/orders", { body: { items: [{ productId: scarce.id, quantity: 1_000 }] } });

  // The statuses and types are checked by the compiler too: another name of a problem does not compile.
  assert.equal(again.response.status, 409);
  assert.equal(problemOf(again.error), "/problems/user-exists");
  assert.equal(tooMany.response.status, 409);
  assert.equal(problemOf(tooMany.error), "/problems/out-of-stock");
});

/** The problems of `POST /users` and `POST /orders` that a client branches on. */
type Conflict =
  | paths["/users"]["post"]["responses"]["409"]["content"]["application/problem+json"]
  | paths["/orders"]["post"]["responses"]["409"]["content"]["application/problem+json"];

/** Returns the type of a conflict, or undefined for another error. */
function problemOf(error: object | undefined): Conflict["type"] | undefined {
  return error && "type" in error ? (error as Conflict).type : undefined;
}
