"""Clients whose connections belong to the event loop in which they were made, by the names under which their libraries have them.

Each was run with a server, one client and several `asyncio.run()` (redis 4.6 to 8.1, httpx 0.28, aiohttp 3.14, elasticsearch 9.5, opensearch-py 3.2, motor 3.7, pymongo 4.20, asyncpg 0.32):
with Redis and httpx each second run fails, with all others every run from the second on.
"""

from __future__ import annotations

from taskguard.patterns import regex

REDIS = frozenset(
    f"redis.asyncio.{home}{name}" for home in ("", "client.") for name in ("Redis", "StrictRedis", "Redis.from_url", "StrictRedis.from_url")
) | {"redis.asyncio.from_url", "redis.asyncio.utils.from_url"}  # fmt: skip
DATABASES = frozenset(
    (
        "motor.motor_asyncio.AsyncIOMotorClient",
        "pymongo.AsyncMongoClient",
        "pymongo.asynchronous.mongo_client.AsyncMongoClient",
    )
)
CLIENTS = (
    REDIS
    | DATABASES
    | {
        "httpx.AsyncClient",
        "aiohttp.ClientSession",
        "aiohttp.client.ClientSession",
        "asyncpg.create_pool",
        "asyncpg.pool.create_pool",
        "elasticsearch.AsyncElasticsearch",
        "opensearchpy.AsyncOpenSearch",
    }
)
# What gives a database or collection of a client of MongoDB, and asks no server.
TO_DATABASE = frozenset("get_database get_default_database get_collection with_options".split())
MONGO = ("AsyncIOMotorClient", "AsyncMongoClient")
# How a file that holds one of them shows it.
HOLDING = (
    "redis.asyncio",
    "redis import asyncio",
    "AsyncIOMotorClient(",
    "AsyncMongoClient(",
    "AsyncClient(",
    "ClientSession(",
    "create_pool(",
    "AsyncElasticsearch(",
    "AsyncOpenSearch(",
)
# A client of httpx that keeps no connection or has a transport of its own, and motor told to ask for the loop each time.
HELD_ELSEWHERE = regex(r"max_keepalive_connections\s*=\s*0\b|\btransport\s*=|\bget_io_loop\b")
