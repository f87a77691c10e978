import { presentBridge } from '../../domain/present/bridge.ts'
import { errors } from '../errors.ts'
import { operation } from '../operation.ts'

/** One bridge by its id. */
export const getBridge = operation<{ bridge_id: string }>({
  path: '/bridges/get',
  contract: {
    methods: ['POST', 'GET'],
    security: ['api_key', 'pat_with_workspace'],
    response_key: 'bridge',
    request: {
      type: 'object',
      properties: { bridge_id: { type: 'string', format: 'uuid' } },
      required: ['bridge_id'],
    },
    documented: false,
  },
  async handle({ bridge_id }, call) {
    const bridge = await call.services.store.get(call.workspaceId, 'bridge', 'bridge_id', bridge_id)
    if (bridge === undefined) throw errors.notFound('bridge', { bridge_id })
    return { bridge: presentBridge(bridge) }
  },
})
