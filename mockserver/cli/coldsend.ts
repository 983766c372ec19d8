// A workspace of a coldsend-mock server, for one test. This file is yours: `coldsend-mock js > coldsend.ts` wrote it.
import createClient from "openapi-fetch";
import type { operations, paths as Api } from "./api.js";
import type { components, paths as Control } from "./control.js";

type Schemas = components["schemas"];
type Answer<Data> = Promise<{ data?: Data; error?: unknown; response: Response }>;

export class Workspace {
  /** The workspace of a test, which the name of the test leads to, as it was at the beginning. */
  static async open(name: string): Promise<Workspace> {
    const workspace = new Workspace(`cs_live_${encodeURIComponent(name)}`);
    await workspace.reset();
    return workspace;
  }

  readonly baseUrl: string;
  readonly headers: { "X-API-Key": string };
  readonly api;
  readonly control;

  constructor(readonly key: string, url = process.env.COLDSEND_MOCK_URL ?? "http://127.0.0.1:8000") {
    this.baseUrl = `${url}/api/public/v1`;
    this.headers = { "X-API-Key": key };
    this.api = createClient<Api>({ baseUrl: this.baseUrl, headers: this.headers });
    this.control = createClient<Control>({ baseUrl: `${url}/_mock`, headers: this.headers });
  }

  /** Return to the state that the workspace began with. */
  reset = () => take(this.control.POST("/reset"));

  /** Begin anew from a seed: `demo`, `launch-ready`, … */
  seed = (seed: string) => take(this.control.POST("/seed", { body: { seed } }));

  /** Stop the clock at a time, for example `2026-01-05T09:00:00Z`. */
  freeze = (now: string) => take(this.control.PUT("/clock", { body: { now, frozen: true } }));

  /** Let a duration pass, for example `3d`, and return what happened. */
  advance = async (advance: string) => (await take(this.control.POST("/clock", { body: { advance } }))).happened;

  /** Let an operation fail, wait or lose its answer: `fail("createCampaign", { example: "rate_limited" })`. */
  fail = (operation: keyof operations, fault: Omit<Schemas["FaultCreate"], "operation">) =>
    take(this.control.POST("/faults", { body: { operation, ...fault } }));

  /** Let a lead reply to its last mail. */
  reply = (lead_id: string, text: string) =>
    take(this.control.POST("/leads/{lead_id}/replies", { params: { path: { lead_id } }, body: { text } }));

  /** The mails that were sent, oldest first. */
  outbox = async () => (await take(this.control.GET("/outbox"))).mails;

  /** What was asked and answered, the newest first. */
  journal = async () => (await take(this.control.GET("/journal"))).exchanges;
}

async function take<Data>(answer: Answer<Data>): Promise<NonNullable<Data>> {
  const { data, error, response } = await answer;
  if (!data) throw new Error(`coldsend-mock answered ${response.status}: ${JSON.stringify(error)}`);
  return data;
}
