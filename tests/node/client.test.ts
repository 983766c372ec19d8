// A client typed by openapi.yaml: each request says no more than it must. It joins the project of docs/javascript.md.
import createClient from "openapi-fetch";
import { expect, test } from "vitest";
import type { paths } from "./api.js";
import { Workspace } from "./coldsend.js";

test("a campaign is launched by requests that say no more than they must", async ({ task }) => {
  const { baseUrl, headers } = await Workspace.open(task.name);
  const client = createClient<paths>({ baseUrl, headers });

  const created = await client.POST("/campaigns", { body: { name: "Q1 Product Launch" } });
  if (!created.data) throw new Error(JSON.stringify(created.error));
  const path = { campaign_id: created.data.campaign_id };

  const account = await client.POST("/sender-accounts/smtp", {
    body: {
      email_address: "sam@example.com",
      display_name: "Sam Sender",
      inbox_type: "CUSTOM_SMTP",
      smtp_host: "smtp.example.com",
      smtp_port: 587,
      smtp_username: "sam",
      smtp_password: "secret",
      imap_host: "imap.example.com",
      imap_port: 993,
      imap_username: "sam",
      imap_password: "secret",
    },
  });
  if (!account.data) throw new Error(JSON.stringify(account.error));
  await client.POST("/campaigns/{campaign_id}/leads/manual", {
    params: { path },
    body: { email: "ada@example.com" },
  });

  const updated = await client.PUT("/campaigns/{campaign_id}", {
    params: { path },
    body: {
      inbox_ids: [account.data.inbox_id],
      variants: [{ subject_template: "Quick question", email_content: "Hi, two minutes of your time?" }],
      sequences: [
        { step_number: 2, trigger_type: "NOT_REPLIED", wait_days: 3, variants: [{ email_content: "Following up." }] },
      ],
    },
  });
  if (!updated.data) throw new Error(JSON.stringify(updated.error));
  const ready: boolean = updated.data.is_launch_ready;
  expect(ready).toBe(true);

  const launched = await client.PUT("/campaigns/{campaign_id}", { params: { path }, body: { launch: true } });
  if (!launched.data) throw new Error(JSON.stringify(launched.error));
  expect(launched.data.status).toBe("ACTIVE");

  // A required field is required by the types, and its type is checked.
  // @ts-expect-error: the name is missing
  () => client.POST("/campaigns", { body: {} });
  // @ts-expect-error: a window starts at an hour, not at a text
  () => client.POST("/campaigns", { body: { name: "Q1 Product Launch", sending_window_start: "9" } });
});
