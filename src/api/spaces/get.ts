import { presentSpace } from '../../domain/present/space.ts'
import { operation } from '../operation.ts'
import { requireSpace } from './access.ts'

export const getSpaceOperation = operation<{ space_id?: string; space_key?: string }>({
  path: '/spaces/get',
  async handle({ space_id, space_key }, call) {
    const space = await requireSpace(call, space_id !== undefined ? { space_id } : { space_key: space_key ?? '' })
    return { space: presentSpace(space) }
  },
})
