import { useAnswer } from '../../api/queries.ts'
import type { AcsEntrance } from '../../api/routes.ts'

/** The doors of these spaces, each once. */
export function useEntrancesOf(spaceIds: readonly string[]): AcsEntrance[] {
  const { data } = useAnswer(
    '/spaces/get_related',
    spaceIds.length === 0 ? null : { space_ids: [...spaceIds], include: ['acs_entrances'] },
  )
  if (spaceIds.length === 0) return []
  return data?.batch?.acs_entrances ?? []
}
