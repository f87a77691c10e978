/** What happened to a grant, newest first, in words; what an event holds is one press away. */
import { useAnswer } from '../../api/queries.ts'
import type { Params, SeamEvent } from '../../api/routes.ts'
import { DateTime } from '../../kit/date-time.tsx'
import { ErrorState } from '../../kit/problem.tsx'
import { Spinner } from '../../kit/spinner.tsx'
import styles from './timeline.module.css'

const BEGINNING = '1970-01-01T00:00:00.000Z'
const MOST = 200

const WORDS: Readonly<Record<string, string>> = {
  'access_grant.created': 'Access was granted',
  'access_grant.deleted': 'The access grant was deleted',
  'access_grant.access_granted_to_all_doors': 'Every key has every door',
  'access_grant.access_granted_to_door': 'A door was added',
  'access_grant.access_to_door_lost': 'A door was taken away',
  'access_grant.access_times_changed': 'The times were changed',
  'access_grant.could_not_create_requested_access_methods': 'A key could not be made',
  'access_method.created': 'A key was requested',
  'access_method.issued': 'A key was issued',
  'access_method.reissued': 'A key was issued anew',
  'access_method.revoked': 'A key was taken back',
  'access_method.deleted': 'A key was deleted',
  'access_method.card_encoding_required': 'A card has to be encoded',
  'access_method.card_assignment_required': 'A card has to be assigned',
}

/** `access_method.card_encoding_required` -> "Access method: card encoding required", where there are no words of our own. */
function wordsOf(type: string): string {
  const known = WORDS[type]
  if (known !== undefined) return known
  const [resource = '', what = ''] = type.replaceAll('_', ' ').split('.')
  return `${resource.charAt(0).toUpperCase()}${resource.slice(1)}: ${what}`
}

export function Timeline({ accessGrantId, zone }: { accessGrantId: string; zone: string }) {
  const { data, error, refetch } = useAnswer('/events/list', {
    access_grant_id: accessGrantId,
    since: BEGINNING,
    limit: MOST,
    order: 'newest_first',
  } as Params<'/events/list'>)
  if (data === undefined) {
    if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />
    return <Spinner label="Loading events" />
  }
  const { events } = data
  if (events.length === 0) return <p>Nothing has happened yet.</p>
  return (
    <ol className={styles.timeline}>
      {events.map((event) => (
        <Entry key={event.event_id} event={event} zone={zone} />
      ))}
    </ol>
  )
}

function Entry({ event, zone }: { event: SeamEvent; zone: string }) {
  return (
    <li className={styles.entry}>
      <details>
        <summary className={styles.summary}>
          <span className={styles.words}>{wordsOf(event.event_type)}</span>
          <DateTime at={event.occurred_at} zone={zone} />
        </summary>
        <pre className={styles.payload} tabIndex={0} aria-label={`Payload of ${event.event_type}`}>
          {JSON.stringify(event, null, 2)}
        </pre>
      </details>
    </li>
  )
}
