/** Waiting for what a person or a door does: polled once a second, and at once when the live stream names the attempt. */
import { useEffect } from 'react'
import { useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query'
import { useLive } from '../shell/context.ts'
import { call } from './client.ts'
import type { ActionAttempt } from './routes.ts'

const POLL_MS = 1_000

/** The attempt as it stands; null = there is none to wait for. */
export function useActionAttempt(actionAttemptId: string | null): UseQueryResult<ActionAttempt> {
  const client = useQueryClient()
  const live = useLive()
  useEffect(() => {
    if (actionAttemptId === null) return undefined
    return live.onChange((change) => {
      if (change.action_attempt_ids.includes(actionAttemptId))
        void client.invalidateQueries({ queryKey: ['/action_attempts/get', actionAttemptId] })
    })
  }, [actionAttemptId, client, live])
  return useQuery({
    queryKey: ['/action_attempts/get', actionAttemptId],
    queryFn: async ({ signal }) => {
      const id = actionAttemptId ?? ''
      return (await call('/action_attempts/get', { action_attempt_id: id }, { signal })).action_attempt
    },
    enabled: actionAttemptId !== null,
    refetchInterval: (query) =>
      query.state.data?.status === 'pending' || query.state.error !== null ? POLL_MS : false,
  })
}
