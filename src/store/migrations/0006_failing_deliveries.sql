-- What a webhook did not take, to be shown on the webhook: seldom any rows, among all that were ever delivered.
CREATE INDEX webhook_delivery_failing ON webhook_delivery (workspace_id, webhook_id, last_attempt_at)
  WHERE last_error IS NOT NULL;
