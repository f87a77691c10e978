import { presentWorkspace } from '../../domain/present/workspace.ts'
import { workspacesOfUser } from '../../store/workspaces-admin.ts'
import { isWithoutWorkspace, operation } from '../operation.ts'

/** The workspace of the credential; for an access token or a console session without one, all of its owner's. */
export const listWorkspaces = operation({
  path: '/workspaces/list',
  async handle(_params, call) {
    const { caller, services } = call
    const workspaces = isWithoutWorkspace(caller)
      ? await workspacesOfUser(services.store, caller.userId)
      : [call.workspace]
    return { workspaces: workspaces.map(presentWorkspace) }
  },
})
