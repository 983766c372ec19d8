// Each operation in Swagger UI leads back to the console.
"use strict";

function ConsoleLinks({ React }) {
  const { requests, faults } = document.getElementById("swagger-ui").dataset;
  const makeLink = (title, address, operation) => React.createElement("a", {
    key: title,
    href: `${address}&operation=${encodeURIComponent(operation)}`,
    "aria-label": `${title} of ${operation}`,
  }, title);
  const wrap = (Original) => function OperationSummary(props) {
    const summary = React.createElement(Original, props);
    if (!requests) return summary;
    const operation = props.operationProps.get("originalOperationId") ?? props.operationProps.get("operationId");
    const links = [makeLink("Requests", requests, operation), makeLink("Faults", faults, operation)];
    return React.createElement("div", null, summary, React.createElement("p", { className: "back" }, ...links));
  };
  return { wrapComponents: { OperationSummary: wrap } };
}
