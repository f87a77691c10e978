import type { EditWish } from '../../../sandbox/edits.ts'
import { operation } from '../../operation.ts'
import { buildingContract, inBuilding, TEXT } from '../building.ts'

/** Does what the system's own operator could do in the maker's software: Lockstitch is not told, and finds it by itself. */
export const editSystem = operation<EditWish>({
  path: '/sandbox/systems/edit',
  contract: buildingContract(null, ['acs_system_id', 'action'], {
    acs_system_id: TEXT,
    action: {
      type: 'string',
      enum: [
        'delete_user',
        'suspend_user',
        'unsuspend_user',
        'delete_credential',
        'delete_group',
        'rename_group',
        'set_group_entrances',
        'add_user_to_group',
        'remove_user_from_group',
        'remove_encoder',
        'restore_encoder',
        'remove_entrance',
        'restore_entrance',
      ],
    },
    acs_user_id: TEXT,
    acs_credential_id: TEXT,
    acs_access_group_id: TEXT,
    acs_entrance_id: TEXT,
    acs_entrance_ids: { type: 'array', items: TEXT },
    acs_encoder_id: TEXT,
    name: TEXT,
  }),
  isSandboxOnly: true,
  async handle(params, call) {
    await inBuilding(() => call.services.sandbox.edit(call.workspaceId, params))
  },
})
