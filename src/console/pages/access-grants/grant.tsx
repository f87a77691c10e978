/** One access grant: who, where, when and how; what is wrong or on its way, and what happened. */
import { CalendarClock, DoorOpen, Plus } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'react-aria-components'
import { useNavigate, useParams } from 'react-router'
import { useAnswer } from '../../api/queries.ts'
import type { AccessGrant, AcsEntrance, Space, UserIdentity } from '../../api/routes.ts'
import { Button } from '../../kit/button.tsx'
import { CopyableId } from '../../kit/copyable-id.tsx'
import { DateTime } from '../../kit/date-time.tsx'
import { MoreMenu } from '../../kit/menu.tsx'
import { Facts, Page, Section } from '../../kit/page.tsx'
import { ErrorState, Notice } from '../../kit/problem.tsx'
import { Spinner } from '../../kit/spinner.tsx'
import { AddMethod, ChangeDoors, ChangeTimes, DeleteGrant } from './change.tsx'
import { Methods } from './methods.tsx'
import { GrantPill } from '../shared/grant-pill.tsx'
import { Timeline } from './timeline.tsx'
import { useZone } from './zone.ts'
import styles from './grant.module.css'

const CRUMBS = [{ label: 'Access Grants', href: '/access-grants' }]

interface Related {
  acs_entrances: AcsEntrance[]
  spaces: Space[]
  user_identities: UserIdentity[]
}

export default function AccessGrantPage() {
  const { access_grant_id = '' } = useParams()
  const { data, error, refetch } = useAnswer('/access_grants/get', { access_grant_id })
  const { data: related } = useAnswer('/access_grants/get_related', {
    access_grant_ids: [access_grant_id],
    include: ['acs_entrances', 'spaces', 'user_identities'],
  })
  if (data === undefined) {
    return (
      <Page title="Access Grant" crumbs={CRUMBS}>
        {error === null ? <Spinner label="Loading" /> : <ErrorState error={error} onRetry={() => void refetch()} />}
      </Page>
    )
  }
  const { acs_entrances = [], spaces = [], user_identities = [] } = (related?.batch ?? {}) as Partial<Related>
  return <Grant grant={data.access_grant} doors={acs_entrances} spaces={spaces} person={user_identities[0]} />
}

type Open = 'times' | 'doors' | 'method' | 'delete' | null

function Grant({
  grant,
  doors,
  spaces,
  person,
}: {
  grant: AccessGrant
  doors: AcsEntrance[]
  spaces: Space[]
  person: UserIdentity | undefined
}) {
  const navigate = useNavigate()
  const zone = useZone(doors)
  const [open, setOpen] = useState<Open>(null)
  const close = (): void => setOpen(null)
  const personName = person?.display_name ?? grant.display_name
  // The grant object names no doors of its own; those of its spaces are known.
  const inSpaces = useIdsOfSpaces(grant.space_ids)
  const own = doors.filter(({ acs_entrance_id }) => !inSpaces.has(acs_entrance_id))
  const { reservation_key, access_grant_key } = grant

  return (
    <Page
      title={grant.display_name}
      crumbs={CRUMBS}
      aside={<GrantPill grant={grant} />}
      actions={
        <>
          <Button icon={CalendarClock} onPress={() => setOpen('times')}>
            Change times
          </Button>
          <Button icon={DoorOpen} onPress={() => setOpen('doors')}>
            Change doors
          </Button>
          <MoreMenu
            label="More actions"
            actions={[{ id: 'delete', label: 'Delete', isDangerous: true, onAction: () => setOpen('delete') }]}
          />
        </>
      }
    >
      <Problems grant={grant} />
      <Section title="Who, where and when">
        <Facts
          facts={[
            ['Person', person && <Link href={`/people/${person.user_identity_id}`}>{personName}</Link>],
            ['Starts', <DateTime key="starts" at={grant.starts_at} zone={zone} />],
            ['Ends', <DateTime key="ends" at={grant.ends_at} zone={zone} none="Never" />],
            ['Reservation key', reservation_key],
            ['Access grant key', access_grant_key],
            ['access_grant_id', <CopyableId key="id" id={grant.access_grant_id} what="access_grant_id" />],
          ]}
        />
        <ul className={styles.doors} aria-label="Doors and spaces">
          {spaces.map(({ space_id, name }) => (
            <li key={space_id}>
              <Link className={styles.door} href={`/spaces/${space_id}`}>
                {name} <span className={styles.soft}>space</span>
              </Link>
            </li>
          ))}
          {doors.map(({ acs_entrance_id, acs_system_id, display_name }) => (
            <li key={acs_entrance_id}>
              <Link className={styles.door} href={`/access-systems/${acs_system_id}/entrances/${acs_entrance_id}`}>
                {display_name}
              </Link>
            </li>
          ))}
        </ul>
        {doors.length === 0 && spaces.length === 0 && <p>It has no door.</p>}
      </Section>
      <Section
        title="Keys"
        actions={
          <Button icon={Plus} onPress={() => setOpen('method')}>
            Add a key
          </Button>
        }
      >
        <Methods accessGrantId={grant.access_grant_id} personName={personName} zone={zone} />
      </Section>
      <Section title="What happened">
        <Timeline accessGrantId={grant.access_grant_id} zone={zone} />
      </Section>

      {open === 'times' && <ChangeTimes grant={grant} zone={zone} onClose={close} />}
      {open === 'doors' && <ChangeDoors grant={grant} entrances={own} onClose={close} />}
      {open === 'method' && <AddMethod grant={grant} doors={doors} onClose={close} />}
      {open === 'delete' && (
        <DeleteGrant grant={grant} onClose={close} onDeleted={() => void navigate('/access-grants')} />
      )}
    </Page>
  )
}

/** What is wrong, what deserves a look, and what is still on its way. */
function Problems({ grant }: { grant: AccessGrant }) {
  return (
    <>
      {grant.errors.map(({ error_code, message }) => (
        <Notice key={error_code} tone="bad" title="This access is not complete">
          <p>{message}</p>
        </Notice>
      ))}
      {grant.warnings.map(({ warning_code, message }) => (
        <Notice key={`${warning_code} ${message}`} tone="warn">
          <p>{message}</p>
        </Notice>
      ))}
      {grant.pending_mutations.map(({ mutation_code, message }) => (
        <Notice key={`${mutation_code} ${message}`} tone="info" title="On its way">
          <p>{message}</p>
        </Notice>
      ))}
    </>
  )
}

function useIdsOfSpaces(spaceIds: readonly string[]): ReadonlySet<string> {
  const { data } = useAnswer(
    '/spaces/get_related',
    spaceIds.length === 0 ? null : { space_ids: [...spaceIds], include: ['acs_entrances'] },
  )
  const entrances = data?.batch?.acs_entrances ?? []
  return new Set(entrances.map(({ acs_entrance_id }) => acs_entrance_id))
}
