/* Starts Swagger UI. A file of its own: the content security policy allows no script within the page. */
"use strict";

(function () {
  const UNSAFE = new Set(["POST", "PUT", "PATCH", "DELETE"]);
  const session = document.getElementById("session");
  let csrfToken = null;

  function tell(token) {
    csrfToken = token;
    session.textContent = token
      ? "Vous êtes connecté dans ce navigateur. · You are signed in in this browser."
      : "Vous n’êtes pas connecté dans ce navigateur. · You are not signed in in this browser.";
  }

  /* The API answers 401 to strangers, which browsers report as a failed load: only ask when a write needs to know. */
  async function askForToken() {
    const answer = await fetch("/api/v1/session", { credentials: "same-origin" });
    tell(answer.ok ? (await answer.json()).csrf_token : null);
  }

  function rememberToken(answer) {
    const path = new URL(answer.url, location.href).pathname;
    const body = answer.obj || answer.body;
    if (answer.ok && body && body.csrf_token) {
      tell(body.csrf_token);
    } else if (answer.status === 401 || (answer.ok && path === "/api/v1/session" && answer.status === 204)) {
      tell(null);
    }
    return answer;
  }

  async function addToken(request) {
    const method = (request.method || "GET").toUpperCase();
    const headers = request.headers || {};
    if (UNSAFE.has(method) && !headers.Authorization && !headers["X-CSRF-Token"]) {
      if (csrfToken === null && new URL(request.url, location.href).pathname !== "/api/v1/session") {
        await askForToken();
      }
      if (csrfToken !== null) {
        headers["X-CSRF-Token"] = csrfToken;
      }
    }
    request.headers = headers;
    request.credentials = "same-origin";
    return request;
  }

  session.textContent =
    "Connectez-vous avec POST /api/v1/session. · Sign in with POST /api/v1/session.";
  window.SwaggerUIBundle({
    url: "/api/v1/openapi.json",
    dom_id: "#swagger-ui",
    deepLinking: false,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    requestInterceptor: addToken,
    responseInterceptor: rememberToken,
    persistAuthorization: false,
    validatorUrl: null,
  });
})();
