/**
 * The reference page of the running front door, in a browser: it loads nothing from elsewhere, it can be read on a
 * desktop and on a phone, and "Test Request" calls the API with the token that is filled in.
 */

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { after, before, test } from "node:test";

import type { Browser, Page } from "puppeteer-core";

import { launch, missing } from "./browser.js";
import { apiUrl, document, screenshots } from "./environment.js";

const skip = missing;
if (missing) {
  console.error(`\n!!! ${missing}. The reference page is NOT tested.\n`);
}

const widths = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };

/** A GET without variables that needs a token: it answers 200 with the page's token. */
const [path, operation] = Object.entries(document.paths)
  .flatMap(([path, { get }]) => (get ? [[path, get] as const] : []))
  .find(([path, { security }]) => security?.length && !path.includes("{"))!;

let browser: Browser;
before(async () => {
  if (!missing) browser = await launch();
});
after(async () => {
  await browser?.close();
});

/** Opens the page. What goes wrong in it is added to `faults`. */
async function open(size: keyof typeof widths, faults: string[]): Promise<Page> {
  const page = await browser.newPage();
  await page.setViewport(widths[size]);
  await page.emulateMediaFeatures([{ name: "prefers-reduced-motion", value: "reduce" }]);
  page.on("console", (message) => {
    if (["error", "warn"].includes(message.type())) faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${apiUrl}/`) && !url.startsWith("data:") && !url.startsWith("blob:")) faults.push(url);
  });
  await page.goto(`${apiUrl}/_local/docs`, { waitUntil: "networkidle0" });
  return page;
}

async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(screenshots, { recursive: true });
  await page.screenshot({ path: `${screenshots}/${name}.png` });
}

for (const size of ["desktop", "phone"] as const) {
  test(`at the width of a ${size}, an operation is called with the page's token`, { skip }, async () => {
    const faults: string[] = [];
    const page = await open(size, faults);
    await page.waitForFunction((title) => globalThis.document.body.innerText.includes(title), {}, document.info.title);
    await screenshot(page, `${size}-page`);

    // An operation's section is rendered when it comes into view.
    await page.goto(`${apiUrl}/_local/docs#tag/${operation.tags[0]}/GET${path}`);
    const button = await page.waitForSelector(`::-p-xpath(//button[contains(., "Test Request") and contains(., "(get ${path})")])`);
    await button!.evaluate((element) => element.scrollIntoView({ block: "center" }));
    await screenshot(page, `${size}-operation`);
    await button!.evaluate((element) => (element as HTMLElement).click());
    const answered = page.waitForResponse((response) => new URL(response.url()).pathname === path);
    // One for wide and one for narrow screens; the other is hidden.
    await page.waitForFunction(() => {
      const sends = [...globalThis.document.querySelectorAll("button")].filter(
        (button) => button.textContent?.includes("Send get request") && button.getClientRects().length > 0,
      );
      sends[0]?.click();
      return sends.length > 0;
    });
    const response = await answered;
    await page.waitForFunction(() => globalThis.document.body.innerText.includes("200 OK"));
    await screenshot(page, `${size}-answer`);

    assert.equal(response.status(), 200, await response.text());
    assert.match(response.request().headers().authorization ?? "", /^Bearer ey/);
    const overflow = await page.evaluate(() => globalThis.document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(overflow <= 0, `the page is ${overflow} px wider than the screen`);
    assert.deepEqual(faults, []);
    await page.close();
  });
}

test("the page has no critical fault of accessibility", { skip }, async () => {
  const page = await open("desktop", []);
  await page.evaluate((await import("axe-core")).default.source);

  const critical = await page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: typeof import("axe-core") }).axe.run();
    return violations.filter(({ impact }) => impact === "critical").map(({ id, nodes }) => [id, nodes[0]?.html]);
  });

  assert.deepEqual(critical, []);
  await page.close();
});
