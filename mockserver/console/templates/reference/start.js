
const { url, scheme, filledIn } = document.getElementById("swagger-ui").dataset;
const ui = SwaggerUIBundle({
  url,
  dom_id: "#swagger-ui",
  plugins: [ConsoleLinks],
  deepLinking: true,
  displayRequestDuration: true,
  validatorUrl: null,
  onComplete: () => { if (filledIn) ui.preauthorizeApiKey(scheme, filledIn); },
});
