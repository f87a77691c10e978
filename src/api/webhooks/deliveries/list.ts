import { presentWebhookDelivery } from '../../../domain/present/webhook-delivery.ts'
import { listDeliveries } from '../../../store/webhooks.ts'
import { messageId } from '../../../webhooks/sign.ts'
import { operation } from '../../operation.ts'
import { keyset, page, pageRequest } from '../../page.ts'
import { instantParam } from '../../people.ts'
import { OWN } from '../access.ts'

interface Params {
  webhook_id?: string
  event_id?: string
  status?: string
  since?: string
}

const UUID = { type: 'string', format: 'uuid' }

/** The log of deliveries, oldest first. */
export const listWebhookDeliveries = operation<Params>({
  path: '/webhooks/deliveries/list',
  contract: {
    ...OWN,
    request: {
      type: 'object',
      properties: {
        webhook_id: UUID,
        event_id: UUID,
        status: { type: 'string', enum: ['pending', 'delivered', 'failed', 'held'] },
        since: { type: 'string' },
        limit: { type: 'number' },
        page_cursor: { type: ['string', 'null'] },
      },
    },
    paginated: true,
  },
  async handle(params, call) {
    const request = pageRequest({ ...params })
    const { webhook_id, event_id, status } = params
    const since = params.since === undefined ? undefined : instantParam('since', params.since)
    const rows = await listDeliveries(
      call.services.store,
      call.workspaceId,
      { webhook_id, event_id, status, since },
      (next) => keyset(request, 'webhook_delivery_id', next),
    )
    const shown = page(rows, request, { ...params }, call, (row) => ({
      created_at: row.created_at,
      id: row.webhook_delivery_id,
    }))
    const webhook_deliveries = shown.rows.map((row) =>
      presentWebhookDelivery(row, row.event_type, messageId(row.webhook_delivery_id)),
    )
    return { webhook_deliveries, pagination: shown.pagination }
  },
})
