import { presentWorkspace } from '../../domain/present/workspace.ts'
import { operation } from '../operation.ts'

export const getWorkspace = operation({
  path: '/workspaces/get',
  handle(_params, call) {
    return { workspace: presentWorkspace(call.workspace) }
  },
})
