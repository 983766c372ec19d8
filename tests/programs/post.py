"""Create a campaign at the address of the vendor; arguments are a library and a key."""

import asyncio
import json
import sys
import urllib.request

URL = "https://api.coldsend.io/api/public/v1/campaigns"
BODY = {"name": "Q1 Product Launch"}


def post_by_requests(headers: dict[str, str]) -> int:
    import requests

    return requests.post(URL, json=BODY, headers=headers, timeout=30).status_code


def post_by_httpx(headers: dict[str, str]) -> int:
    import httpx

    return httpx.post(URL, json=BODY, headers=headers).status_code


def post_by_urllib(headers: dict[str, str]) -> int:
    headers = {**headers, "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(URL, json.dumps(BODY).encode(), headers)) as answer:
        return int(answer.status)


def post_by_aiohttp(headers: dict[str, str]) -> int:
    import aiohttp

    async def ask() -> int:
        async with (
            aiohttp.ClientSession() as session,
            session.post(URL, json=BODY, headers=headers) as answer,
        ):
            return answer.status

    return asyncio.run(ask())


print(globals()[f"post_by_{sys.argv[1]}"]({"X-API-Key": sys.argv[2]}))
