"""Paths: which resource one leads to, and which parameters are in it."""

import pytest

from mockserver.http.router import Router


@pytest.fixture
def router() -> Router[str]:
    made: Router[str] = Router()
    for method, path in (
        ("GET", "/things"),
        ("POST", "/things"),
        ("GET", "/things/{thing_id}"),
        ("DELETE", "/things/{thing_id}"),
        ("GET", "/things/quotas"),
        ("GET", "/things/{thing_id}/parts/{part_id}"),
        ("POST", "/things/bulk/parts"),
        ("GET", "/things/{thing_id}.pdf"),
    ):
        made.add(method, path, f"{method} {path}")
    return made


@pytest.mark.parametrize(
    ("path", "found", "parameters"),
    [
        ("/things", "/things", {}),
        ("/things/", "/things", {}),
        ("/things/1", "/things/{thing_id}", {"thing_id": "1"}),
        ("/things/quotas", "/things/quotas", {}),
        ("/things/quotas/", "/things/quotas", {}),
        ("/things/bulk/parts", "/things/bulk/parts", {}),
        ("/things/bulk", "/things/{thing_id}", {"thing_id": "bulk"}),
        ("/things/1.pdf", "/things/{thing_id}.pdf", {"thing_id": "1"}),
        ("/things/.pdf", "/things/{thing_id}", {"thing_id": ".pdf"}),
        (
            "/things/bulk/parts/2",
            "/things/{thing_id}/parts/{part_id}",
            {"thing_id": "bulk", "part_id": "2"},
        ),
    ],
)
def test_a_path_leads_to_the_most_concrete_resource(
    path: str, found: str, parameters: dict[str, str], router: Router[str]
) -> None:
    match = router.find(path)
    assert match
    assert (match[0].path, match[1]) == (found, parameters)


@pytest.mark.parametrize(
    "path", ["", "/", "//", "/things//", "//things", "/things//parts/1", "/thing", "/things/1/parts"]
)
def test_another_path_leads_nowhere(path: str, router: Router[str]) -> None:
    assert router.find(path) is None


def test_a_concrete_path_has_its_own_methods_only(router: Router[str]) -> None:
    match = router.find("/things/quotas")
    assert match
    assert match[0].methods == ["GET", "HEAD"]
    assert match[0].find("DELETE") is None
    assert match[0].find("HEAD") == "GET /things/quotas"


def test_a_parameter_may_have_an_ending() -> None:
    router: Router[str] = Router()
    router.add("GET", "/outbox/{email_id}", "describe")
    router.add("GET", "/outbox/{email_id}.eml", "download")
    for path, target in (("/outbox/7", "describe"), ("/outbox/7.eml", "download")):
        found = router.find(path)
        assert found is not None
        resource, values = found
        assert (resource.find("GET"), values) == (target, {"email_id": "7"})
    plain = router.find("/outbox/.eml")
    assert plain is not None
    assert plain[0].find("GET") == "describe"


def test_what_was_not_there_is_found_once_it_is_added() -> None:
    router: Router[str] = Router()
    assert router.find("/things/1") is None
    router.add("GET", "/things/{thing_id}", "getThing")
    found = router.find("/things/1")
    assert found is not None
    assert (found[0].find("GET"), found[1]) == ("getThing", {"thing_id": "1"})
    assert router.find(f"/things/{'x' * 1000}") is not None
