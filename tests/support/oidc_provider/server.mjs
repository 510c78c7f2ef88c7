// A certified OpenID Connect provider with people who need no password: tests say who sits before the browser.
// Reads its set-up as one JSON line from standard input, prints its port, and ends when that input closes.

import http from "node:http";
import readline from "node:readline";
import Provider, { interactionPolicy } from "oidc-provider";

const lines = readline.createInterface({ input: process.stdin });
lines.once("line", (line) => start(JSON.parse(line)));
lines.once("close", () => process.exit(0));

function start(setUp) {
  const server = http.createServer();
  server.listen(0, "127.0.0.1", () => {
    const issuer = `http://127.0.0.1:${server.address().port}`;
    server.on("request", serve(issuer, setUp));
    process.stdout.write(`${server.address().port}\n`);
  });
}

// As providers do that have people choose among the accounts that a browser knows.
function policy() {
  const { base, Prompt } = interactionPolicy;
  const prompts = base();
  prompts.add(new Prompt({ name: "select_account", requestable: true }), 0);
  return prompts;
}

function serve(issuer, setUp) {
  let present = {};
  let asked = {};
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: setUp.client_id,
        client_secret: setUp.client_secret,
        redirect_uris: [setUp.redirect_uri],
        id_token_signed_response_alg: setUp.algorithm,
        token_endpoint_auth_method: setUp.token_endpoint_auth_method,
      },
    ],
    jwks: setUp.jwks,
    cookies: { keys: ["a key of the tests alone"] },
    // With `false`, the mailbox stands in the ID token, as Google's does; with `true`, only at the userinfo endpoint.
    conformIdTokenClaims: setUp.is_mailbox_apart,
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["tid", "oid", "xms_edov"] },
    features: { devInteractions: { enabled: false } },
    pkce: { required: () => true },
    interactions: { policy: policy(), url: (_context, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ ...present, sub: id }) }),
    async loadExistingGrant(context) {
      const grant = new provider.Grant({
        clientId: context.oidc.client.clientId,
        accountId: context.oidc.session.accountId,
      });
      grant.addOIDCScope("openid email profile");
      await grant.save();
      return grant;
    },
  });
  const answer = provider.callback();
  return async (request, response) => {
    if (request.url === "/present" && request.method === "PUT") {
      let body = "";
      for await (const part of request) body += part;
      present = JSON.parse(body);
      response.writeHead(204).end();
    } else if (request.url === "/asked") {
      response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(asked));
    } else if (request.url.startsWith("/interaction/")) {
      asked = (await provider.interactionDetails(request, response)).params;
      const result = present.sub
        ? { login: { accountId: present.sub }, select_account: {} }
        : { error: "access_denied", error_description: "the person said no" };
      await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
    } else {
      answer(request, response);
    }
  };
}
