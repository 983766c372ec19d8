"""openapi.yaml as the code sees it: operations, schemas, errors; requests checked, answers shaped."""
