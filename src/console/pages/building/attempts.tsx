/** What doors saw, newest first. */
import { DoorClosed, DoorOpen } from 'lucide-react'
import { ErrorText } from '../../kit/problem.tsx'
import { Spinner } from '../../kit/spinner.tsx'
import { holderOf, type Building } from './data.ts'
import { reasonOf, type Attempt } from './reasons.ts'
import { showMoment } from './moments.ts'
import styles from './attempts.module.css'

const MEANS: Readonly<Record<string, string>> = {
  card: 'card',
  code: 'code',
  mobile_key: 'phone',
  cloud_key: 'from afar',
}

export function AttemptList({
  building,
  attempts,
  error,
  isOfOneDoor = false,
}: {
  building: Building
  attempts: Attempt[] | null
  error: Error | null
  isOfOneDoor?: boolean
}) {
  if (attempts === null) return error === null ? <Spinner label="Loading" /> : <ErrorText error={error} />
  if (attempts.length === 0)
    return <p className={styles.soft}>Nobody has been at {isOfOneDoor ? 'this door' : 'a door'} yet.</p>
  const names = new Map(building.entrances.map((door) => [door.acs_entrance_id, door.display_name]))
  return (
    <ol className={styles.list} tabIndex={0} aria-label="Attempts, newest first">
      {attempts.map((attempt) => {
        const reason = reasonOf(attempt.reason, attempt.message)
        const credential = building.credentials.get(attempt.acs_credential_id ?? '')
        const who = holderOf(credential, building.users)
        const means = MEANS[credential?.access_method ?? ''] ?? null
        const Icon = attempt.opened ? DoorOpen : DoorClosed
        return (
          <li key={attempt.door_attempt_id} className={styles.attempt} data-opened={attempt.opened}>
            <Icon aria-hidden size={18} className={attempt.opened ? styles.opened : styles.refused} />
            <span className={styles.text}>
              <span>
                {!isOfOneDoor && <strong>{names.get(attempt.acs_entrance_id) ?? 'A door that is gone'}: </strong>}
                {attempt.opened ? 'opened' : `refused, ${reason.short}`}
              </span>
              <span className={styles.soft}>
                {[who ?? 'Somebody unknown', ...(means === null ? [] : [means])].join(', ')}
              </span>
            </span>
            <time className={styles.soft} dateTime={attempt.occurred_at}>
              {showMoment(Date.parse(attempt.occurred_at), building.system.location.time_zone)}
            </time>
          </li>
        )
      })}
    </ol>
  )
}
