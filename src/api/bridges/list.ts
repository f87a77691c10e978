import { presentBridge } from '../../domain/present/bridge.ts'
import { listBridges } from '../../store/bridges.ts'
import { operation } from '../operation.ts'

/** The bridges of the workspace: in a sandbox a virtual one for each system that is reached through one. */
export const listBridgesOperation = operation<object>({
  path: '/bridges/list',
  contract: {
    methods: ['POST', 'GET'],
    security: ['api_key', 'pat_with_workspace'],
    response_key: 'bridges',
    request: { type: 'object', properties: {} },
    documented: false,
  },
  async handle(_params, call) {
    const bridges = await listBridges(call.services.store, call.workspaceId)
    return { bridges: bridges.map(presentBridge) }
  },
})
