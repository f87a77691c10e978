/** What the person at the screen holds, and what becomes of it when it is put somewhere. */
import { useQueryClient, type QueryClient } from '@tanstack/react-query'
import { createContext, useCallback, useContext, useMemo, useState, type ReactNode } from 'react'
import { callAs } from '../../api/client.ts'
import { invalidateKinds } from '../../api/queries.ts'
import { actOf, isSame, type Carried, type Target } from './carry.ts'
import { nameOfCard, type Building, type Card, type DoorState } from './data.ts'
import { announce, type Attempt } from './reasons.ts'

/** What was done last, in words. */
export interface Result {
  tone: 'good' | 'bad'
  text: string
}

export interface Hands {
  carried: Carried | null
  /** Takes it in the hand, or puts it down when it is there already. */
  take: (carried: Carried) => void
  putDown: () => void
  /** Puts something somewhere; answers what the door saw, if it was a door. */
  put: (carried: Carried, target: Target) => Promise<Attempt | null>
  enterCode: (acs_entrance_id: string, code: string) => Promise<Attempt | null>
  result: Result | null
  tell: (result: Result) => void
  /** Looks again at everything in the building. */
  lookAgain: () => Promise<void>
}

const HandsContext = createContext<Hands | null>(null)

export function useHands(): Hands {
  const hands = useContext(HandsContext)
  if (hands === null) throw new Error('only within the building view')
  return hands
}

export function HandsProvider({ building, children }: { building: Building; children: ReactNode }) {
  const client = useQueryClient()
  const [carried, setCarried] = useState<Carried | null>(null)
  const [result, setResult] = useState<Result | null>(null)
  const { acs_system_id } = building.system

  const lookAgain = useCallback(() => invalidateKinds(client, ['sandbox']), [client])

  const show = useCallback(
    async (path: string, params: object): Promise<Attempt | null> => {
      try {
        const answer = await callAs<{ door_attempt?: Attempt; card?: Card }>(path as `/sandbox/${string}`, params)
        if (answer.door_attempt !== undefined) {
          const attempt = answer.door_attempt
          await keepAttempt(client, acs_system_id, attempt)
          setResult({ tone: attempt.opened ? 'good' : 'bad', text: announce(nameOfDoor(building, attempt), attempt) })
          return attempt
        }
        const encoder = building.encoders.find((one) => one.acs_encoder_id === answer.card?.acs_encoder_id)
        if (answer.card !== undefined)
          setResult({
            tone: 'good',
            text: `${nameOfCard(answer.card, building)} lies on ${encoder?.display_name ?? 'the encoder'}.`,
          })
        return null
      } catch (error) {
        setResult({ tone: 'bad', text: error instanceof Error ? error.message : String(error) })
        return null
      } finally {
        void lookAgain()
      }
    },
    [client, acs_system_id, building, lookAgain],
  )

  const hands = useMemo(
    (): Hands => ({
      carried,
      take: (next) => setCarried((before) => (isSame(before, next) ? null : next)),
      putDown: () => setCarried(null),
      async put(what, target) {
        const act = actOf(what, target, (id) => building.credentials.get(id)?.code ?? undefined)
        if (act === null) {
          setResult({ tone: 'bad', text: 'It cannot be put there.' })
          return null
        }
        // A card on an encoder is out of the hand; what was shown to a door is still in it.
        if (target.kind === 'encoder') setCarried(null)
        return show(act.path, act.params)
      },
      enterCode: (acs_entrance_id, code) => show('/sandbox/doors/enter_code', { acs_entrance_id, code }),
      result,
      tell: setResult,
      lookAgain,
    }),
    [carried, building, result, show, lookAgain],
  )
  return <HandsContext value={hands}>{children}</HandsContext>
}

function nameOfDoor({ entrances }: Building, { acs_entrance_id }: Attempt): string {
  return entrances.find((one) => one.acs_entrance_id === acs_entrance_id)?.display_name ?? 'The door'
}

/** The door shows at once what it saw, without waiting for the next look. */
async function keepAttempt(client: QueryClient, acs_system_id: string, attempt: Attempt): Promise<void> {
  const key = ['/sandbox/doors/list', { acs_system_id }]
  // A look that is under way has seen the door before.
  await client.cancelQueries({ queryKey: key })
  client.setQueryData<{ doors: DoorState[] }>(key, (before) =>
    before === undefined
      ? before
      : {
          ...before,
          doors: before.doors.map((door) =>
            door.acs_entrance_id === attempt.acs_entrance_id ? { ...door, latest_attempt: attempt } : door,
          ),
        },
  )
}
