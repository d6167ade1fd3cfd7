// Two cached bodies in Express: one process with one shared connection to Redis.
// Usage: node server.js PORT REDIS_URL
import express from "express";
import { createClient } from "redis";

const [port, url] = process.argv.slice(2);
const redis = await createClient({ url }).connect();
const app = express();

for (const key of ["list", "page"]) {
  app.get(`/${key}`, async (request, response) => {
    response.type("json").send(await redis.get(key));
  });
}

app.listen(Number(port), "127.0.0.1");
