import { ChangeSet } from '../../domain/changes.ts'
import { presentSpace } from '../../domain/present/space.ts'
import { addSpace, newSpace, type Members, type SpaceInput } from '../../domain/spaces/space.ts'
import { errors } from '../errors.ts'
import { operation } from '../operation.ts'
import { refuseBlankKey } from '../user_identities/access.ts'
import { checkCustomerData, customerOf, readMembers, refuseTakenSpaceKey } from './access.ts'

export const createSpace = operation<Omit<SpaceInput, keyof Members> & Partial<Members>>({
  path: '/spaces/create',
  async handle(params, call) {
    refuseBlankKey('space_key', params.space_key)
    refuseBlankKey('customer_key', params.customer_key)
    refuseBlankKey('name', params.name)
    checkCustomerData(params.customer_data)
    const customer = customerOf(call)
    if (customer !== null && params.customer_key !== undefined && params.customer_key !== customer) {
      throw errors.forbidden('This client session may create spaces of its own customer only.')
    }
    const { name, space_key, customer_data, acs_entrance_ids, device_ids, connected_account_ids } = params
    const space = await call.decide(async () => {
      if (typeof space_key === 'string') await refuseTakenSpaceKey(call, space_key, null)
      const members = await readMembers(call, {
        ...(acs_entrance_ids === undefined ? {} : { acs_entrance_ids }),
        ...(device_ids === undefined ? {} : { device_ids }),
        ...(connected_account_ids === undefined ? {} : { connected_account_ids }),
      })
      const customer_key = customer ?? params.customer_key ?? null
      const input = {
        name,
        space_key: space_key ?? null,
        customer_key,
        customer_data: customer_data ?? null,
        ...members,
      }
      const made = newSpace(call.workspaceId, input, call.services.ids, call.now)
      return { changes: addSpace(new ChangeSet(), made), result: made }
    })
    return { space: presentSpace(space) }
  },
})
