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
import { Facts, Page, PageOf, Section } from '../../kit/page.tsx'
import { Notice } from '../../kit/problem.tsx'
import { AddMethod, ChangeDoors, ChangeTimes, DeleteGrant } from './change.tsx'
import { Methods } from './methods.tsx'
import { DoorList } from '../shared/door-list.tsx'
import { useEntrancesOf } from '../shared/doors-of-spaces.ts'
import { GrantPill } from '../shared/grant-pill.tsx'
import { Timeline } from './timeline.tsx'
import { useZone } from './zone.ts'

const CRUMBS = [{ label: 'Access Grants', href: '/access-grants' }]

interface Related {
  acs_entrances: AcsEntrance[]
  spaces: Space[]
  user_identities: UserIdentity[]
}

export default function AccessGrantPage() {
  const { access_grant_id = '' } = useParams()
  const query = useAnswer('/access_grants/get', { access_grant_id })
  const { data: related } = useAnswer('/access_grants/get_related', {
    access_grant_ids: [access_grant_id],
    include: ['acs_entrances', 'spaces', 'user_identities'],
  })
  const { acs_entrances = [], spaces = [], user_identities = [] } = (related?.batch ?? {}) as Partial<Related>
  return (
    <PageOf query={query} title="Access Grant" crumbs={CRUMBS}>
      {({ access_grant }) => (
        <Grant grant={access_grant} doors={acs_entrances} spaces={spaces} person={user_identities[0]} />
      )}
    </PageOf>
  )
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
  const inSpaces = new Set(useEntrancesOf(grant.space_ids).map(({ acs_entrance_id }) => acs_entrance_id))
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
        <DoorList label="Doors and spaces" doors={doors} spaces={spaces} />
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
