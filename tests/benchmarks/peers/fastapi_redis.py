"""A cached list in FastAPI with an asynchronous Redis client."""

import os

from fastapi import FastAPI, Response
from redis.asyncio import Redis

redis = Redis.from_url(os.environ["PEER_REDIS_URL"])
application = FastAPI()


@application.get("/list")
async def read() -> Response:
    return Response(await redis.get("list"), media_type="application/json")
