// The README's examples by the generated TypeScript client: user.ts URL ACCOUNT:PASSWORD.
import createClient from "openapi-fetch";
import type { paths } from "./user.schema.js";

declare const process: { argv: string[] };
declare const btoa: (text: string) => string;
const [, , baseUrl, auth] = process.argv;
const client = createClient<paths>({ baseUrl, headers: { Authorization: "Basic " + btoa(auth) } });

function check(holds: unknown, what: unknown): asserts holds {
  if (!holds) throw new Error(JSON.stringify(what));
}

const one = await client.POST("/v1/predictions", { body: { postcode: "SE1 9NF" } });
check(one.data && one.data.attendance.p50_seconds > 0, one);
const why = await client.POST("/v1/predictions", { params: { query: { explain: true } }, body: { easting: 531050, northing: 181050 } });
check(why.data?.explanation?.contributions?.length, why);
const many = await client.POST("/v1/predictions:list", { body: { calls: [{ postcode_district: "SE1" }, { easting: 531050, northing: 181050, pump: 2 }] } });
check(many.data?.predictions.length === 2 && many.data.predictions[0].response !== null, many);
const wrong = await client.POST("/v1/predictions", { body: { postcode: "Greenwich" } });
check(wrong.error?.code === "invalid" && wrong.error.errors?.[0].pointer === "/postcode", wrong);
const table = await client.POST("/v1/predictions:batch", { body: "postcode_district\nSE1\n", bodySerializer: (body: string) => body, headers: { "Content-Type": "text/csv" }, parseAs: "text" });
check(typeof table.data === "string" && table.data.includes("prediction_id"), table);
const legacy = await client.POST("/predict", {
  body: { IncGeo_BoroughCode: "E09000001", IncGeo_WardCode: "E05000001", Easting_rounded: 523050, Northing_rounded: 173050, IncidentStationGround: "Deptford" },
  parseAs: "text",
});
check(typeof legacy.data === "string" && legacy.data.startsWith("Response time"), legacy);
const logged = await client.GET("/v1/predictions/{id}", { params: { path: { id: one.data.id } } });
check(logged.data?.id === one.data.id, logged);
const model = await client.GET("/v1/model");
check(model.data?.version === one.data.model.version, model);
const index = await client.POST("/v2/repository/index");
const line = index.data?.[0].name ?? "";
const meta = await client.GET("/v2/models/{model}", { params: { path: { model: line } } });
check(meta.data?.name === line, meta);
const tensors = await client.POST("/v2/models/{model}/infer", {
  params: { path: { model: line } },
  body: { inputs: [{ name: "postcode", datatype: "BYTES", shape: [1], data: ["SE1 9NF"] }], outputs: [{ name: "p50" }] },
});
check(tensors.response.status === 200, tensors);
const ready = await client.GET("/readyz", { params: { query: { verbose: "1" } } });
check(ready.data?.status, ready);
console.log("user: README's examples in TypeScript: as wanted");
