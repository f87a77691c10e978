import { ChangeSet } from '../../domain/changes.ts'
import { spaceEventPayload } from '../../domain/spaces/space.ts'
import { childrenOfSpace } from '../../store/spaces.ts'
import { operation } from '../operation.ts'
import { requireSpace } from './access.ts'
import { followGrants } from './members.ts'

/** Doors that grants reached only through the space are lost; spaces under it stand alone. */
export const deleteSpace = operation<{ space_id: string }>({
  path: '/spaces/delete',
  async handle(params, call) {
    await call.decide(async () => {
      const space = await requireSpace(call, { space_id: params.space_id })
      const { space_id, version } = space
      const changes = new ChangeSet().delete('space', { space_id, version })
      for (const child of await childrenOfSpace(call.services.store, call.workspaceId, space_id)) {
        const { space_id, version } = child
        changes.update('space', 'space_id', { space_id, version, parent_space_id: null })
      }
      changes.event('space.deleted', spaceEventPayload(space))
      await followGrants(changes, space_id, call)
      return { changes, result: undefined }
    })
  },
})
