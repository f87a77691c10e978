import { ChangeSet } from '../../domain/changes.ts'
import type { WebhookRecord } from '../../domain/records.ts'
import { webhookRules } from '../../webhooks/deliver.ts'
import { refusalOf } from '../../webhooks/send.ts'
import { makeWebhookSecret } from '../../webhooks/sign.ts'
import { errors } from '../errors.ts'
import { operation } from '../operation.ts'
import { checkedEventTypes, shown } from './access.ts'

interface Params {
  url: string
  event_types: string[]
}

export const createWebhook = operation<Params>({
  path: '/webhooks/create',
  async handle({ url, event_types }, call) {
    const { ids, sealer } = call.services
    const types = checkedEventTypes(call, event_types)
    const refused = await refusalOf(url, webhookRules(call.services, call.workspace.is_sandbox))
    if (refused !== null) throw errors.invalidField('url', `Webhooks cannot be sent there: ${refused}`)
    const wished: WebhookRecord = {
      workspace_id: call.workspaceId,
      webhook_id: ids.uuid(),
      url,
      event_types: types,
      secret_sealed: sealer.seal(makeWebhookSecret(ids)),
      previous_secret_sealed: null,
      previous_secret_ends_at: null,
      failing_since: null,
      disabled_at: null,
      created_at: call.now,
      version: 1,
    }
    const webhook = await call.decide(async () => ({
      changes: new ChangeSet().insert('webhook', wished),
      result: wished,
    }))
    const [made] = await shown(call, [webhook])
    return { webhook: made }
  },
})
