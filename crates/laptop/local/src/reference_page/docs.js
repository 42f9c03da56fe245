// Shows the OpenAPI document with Scalar. Requests go to this server, with the token of the page.
const page = document.querySelector("#reference");

try {
  const response = await fetch("/_local/openapi.json");
  const description = await response.json();
  const schemes = description.components?.securitySchemes ?? {};
  for (const [name, { type, description: text }] of Object.entries(schemes)) {
    // The development issuer has no page to log in, but its tokens can be sent.
    if (type === "openIdConnect" || type === "oauth2") {
      schemes[name] = { type: "http", scheme: "bearer", bearerFormat: "JWT", description: text };
    }
  }
  const bearers = Object.keys(schemes).filter((name) => schemes[name].scheme === "bearer");
  Scalar.createApiReference(page, {
    content: description,
    servers: [{ url: location.origin + page.dataset.basePath, description: "cargo local" }],
    authentication: {
      preferredSecurityScheme: bearers[0],
      securitySchemes: Object.fromEntries(bearers.map((name) => [name, { token: page.dataset.token }])),
    },
    // On a phone, a long name of an operation in the header is cut.
    customCss: ".flex-1.whitespace-nowrap { min-width: 0; overflow: hidden; text-overflow: ellipsis; }",
    // Nothing is loaded from elsewhere, and nothing is sent there.
    agent: { disabled: true },
    hideClientButton: true,
    mcp: { disabled: true },
    showDeveloperTools: "never",
    telemetry: false,
    withDefaultFonts: false,
  });
} catch (error) {
  page.textContent = `openapi.json cannot be shown: ${error.message}`;
}
