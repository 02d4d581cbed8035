// The admin API by the generated TypeScript client: admin.ts URL ACCOUNT:PASSWORD.
import createClient from "openapi-fetch";
import type { paths } from "./admin.schema.js";

declare const process: { argv: string[] };
declare const btoa: (text: string) => string;
const [, , baseUrl, auth] = process.argv;
const client = createClient<paths>({ baseUrl, headers: { Authorization: "Basic " + btoa(auth) } });

const runs = await client.GET("/v1/runs", { params: { query: { limit: 1 } } });
if (!runs.data) throw new Error(JSON.stringify(runs));
const nobody = await client.GET("/v1/runs/{id}", { params: { path: { id: "none" } } });
if (nobody.error?.code !== "not_found") throw new Error(JSON.stringify(nobody));
console.log("admin: runs in TypeScript: as wanted");
