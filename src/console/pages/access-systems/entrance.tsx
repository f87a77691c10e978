import { DoorOpen } from 'lucide-react'
import { useState } from 'react'
import { useParams } from 'react-router'
import { useActionAttempt } from '../../api/action-attempts.ts'
import { useAnswer, useCommand, useList } from '../../api/queries.ts'
import type { AcsCredential, AcsEntrance } from '../../api/routes.ts'
import { Button, LinkButton } from '../../kit/button.tsx'
import { CopyableId } from '../../kit/copyable-id.tsx'
import { DateTime } from '../../kit/date-time.tsx'
import { Dialog, DialogActions } from '../../kit/dialog.tsx'
import { Select } from '../../kit/fields.tsx'
import { ActionForm } from '../../kit/form.tsx'
import { Loaded } from '../../kit/loaded.tsx'
import { Facts, Page, Section } from '../../kit/page.tsx'
import { EmptyState, Notice } from '../../kit/problem.tsx'
import { Problems, words } from '../../kit/problems.tsx'
import { Spinner } from '../../kit/spinner.tsx'
import { StatePill } from '../../kit/status-pill.tsx'
import { Tabs } from '../../kit/tabs.tsx'
import { EventsTable } from '../shared/events-table.tsx'
import { spaceHref } from '../shared/links.ts'
import { credentialsOf } from '../shared/lists.ts'
import { CredentialsTable, flagsOf } from '../shared/tables.tsx'
import { useSystem } from './crumbs.ts'

export default function EntrancePage() {
  const { acs_system_id = '', acs_entrance_id = '', tab } = useParams()
  const { crumbs } = useSystem(acs_system_id, 'entrances')
  const query = useAnswer('/acs/entrances/get', { acs_entrance_id })
  const [isUnlocking, setUnlocking] = useState(false)
  const entrance = query.data?.acs_entrance
  return (
    <Page
      title={entrance?.display_name ?? 'Entrance'}
      crumbs={crumbs}
      aside={
        entrance !== undefined && (
          <>
            <StatePill of={entrance} />
            <CopyableId id={acs_entrance_id} what="acs_entrance_id" />
          </>
        )
      }
      actions={
        entrance?.can_unlock_with_cloud_key === true && (
          <Button look="primary" icon={DoorOpen} onPress={() => setUnlocking(true)}>
            Unlock
          </Button>
        )
      }
    >
      <Loaded query={query}>
        {({ acs_entrance }) => (
          <>
            <Problems of={acs_entrance} />
            <Details entrance={acs_entrance} />
            <Tabs
              label={`Parts of ${acs_entrance.display_name}`}
              base={`/access-systems/${acs_system_id}/entrances/${acs_entrance_id}`}
              selected={tab}
              tabs={[
                {
                  id: 'access',
                  label: 'Who has access',
                  content: () => <WhoHasAccess acsEntranceId={acs_entrance_id} />,
                },
                {
                  id: 'events',
                  label: 'Events',
                  content: () => (
                    <EventsTable label={`Events of ${acs_entrance.display_name}`} filters={{ acs_entrance_id }} />
                  ),
                },
              ]}
            />
            <Dialog
              title={`Unlock ${acs_entrance.display_name}`}
              isOpen={isUnlocking}
              onClose={() => setUnlocking(false)}
              size="small"
            >
              <Unlock entrance={acs_entrance} onClose={() => setUnlocking(false)} />
            </Dialog>
          </>
        )}
      </Loaded>
    </Page>
  )
}

function Details({ entrance }: { entrance: AcsEntrance }) {
  return (
    <>
      <Section title="Details">
        <Facts
          facts={[
            ['Opens with', flagsOf(entrance).join(', ') || 'Nothing yet'],
            ['Guest door', entrance.can_belong_to_reservation === true ? 'Yes, belongs to reservations' : 'No'],
            ['Added', <DateTime key="created" at={entrance.created_at} />],
            ...(entrance.is_locked === undefined
              ? []
              : ([['Lock', entrance.is_locked ? 'Locked' : 'Unlocked']] as const)),
            ...metadataOf(entrance),
          ]}
        />
      </Section>
      {entrance.space_ids.length > 0 && (
        <Section title="Spaces">
          <ul>
            {entrance.space_ids.map((id) => (
              <li key={id}>
                <SpaceLink spaceId={id} />
              </li>
            ))}
          </ul>
        </Section>
      )}
    </>
  )
}

function SpaceLink({ spaceId }: { spaceId: string }) {
  const { data } = useAnswer('/spaces/get', { space_id: spaceId })
  return (
    <LinkButton look="quiet" href={spaceHref(spaceId)}>
      {data?.space.display_name ?? spaceId}
    </LinkButton>
  )
}

/** What the maker says of the door: whatever of `<maker>_metadata` is a plain value. */
function metadataOf(entrance: AcsEntrance): (readonly [string, string])[] {
  return Object.entries(entrance)
    .filter(([key]) => key.endsWith('_metadata'))
    .flatMap(([, metadata]) => Object.entries(metadata as Record<string, unknown>))
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([key, value]) => [words(key), typeof value === 'string' ? value : JSON.stringify(value)] as const)
}

function WhoHasAccess({ acsEntranceId }: { acsEntranceId: string }) {
  const list = useList(
    '/acs/entrances/list_credentials_with_access',
    { acs_entrance_id: acsEntranceId },
    credentialsOf,
    { paged: false },
  )
  return (
    <CredentialsTable
      label="Credentials that open it"
      list={list}
      empty={<EmptyState title="Nobody has access">No credential opens this entrance.</EmptyState>}
    />
  )
}

/** Opens the door over the internet, with a cloud key that opens it anyway. */
function Unlock({ entrance, onClose }: { entrance: AcsEntrance; onClose: () => void }) {
  const { acs_entrance_id } = entrance
  const query = useAnswer('/acs/entrances/list_credentials_with_access', { acs_entrance_id })
  return (
    <Loaded query={query}>
      {(data) => {
        const keys = credentialsOf(data).filter(
          ({ access_method, is_issued }) => access_method === 'cloud_key' && is_issued === true,
        )
        return <UnlockWith entrance={entrance} keys={keys} onClose={onClose} />
      }}
    </Loaded>
  )
}

interface UnlockWithProps {
  entrance: AcsEntrance
  keys: AcsCredential[]
  onClose: () => void
}

function UnlockWith({ entrance, keys, onClose }: UnlockWithProps) {
  const unlock = useCommand('/acs/entrances/unlock')
  const { acs_entrance_id } = entrance
  const [key, setKey] = useState<string | null>(keys[0]?.acs_credential_id ?? null)
  const [attemptId, setAttemptId] = useState<string | null>(null)
  const attempt = useActionAttempt(attemptId).data
  if (keys.length === 0) {
    return (
      <EmptyState title="There is no cloud key for this door">
        Doors are opened from here with somebody’s cloud key. Make one with an access grant, or with Add Credential on a
        user’s page.
      </EmptyState>
    )
  }
  if (attemptId !== null && (attempt === undefined || attempt.status === 'pending'))
    return <Spinner label={`Unlocking ${entrance.display_name}`} />
  if (attempt?.status === 'success') {
    return (
      <>
        <p role="status">{entrance.display_name} was told to unlock.</p>
        <DialogActions>
          <Button look="primary" onPress={onClose}>
            Done
          </Button>
        </DialogActions>
      </>
    )
  }
  return (
    <ActionForm
      submitLabel={attempt === undefined ? 'Unlock' : 'Retry'}
      onCancel={onClose}
      onSubmit={async () => {
        const answer = await unlock.mutateAsync({ acs_entrance_id, acs_credential_id: key ?? '' })
        setAttemptId(answer.action_attempt.action_attempt_id)
      }}
    >
      {attempt?.status === 'error' && (
        <Notice tone="bad" title={words(attempt.error.type)}>
          <p>{attempt.error.message}</p>
        </Notice>
      )}
      <Select
        label="With the cloud key"
        name="acs_credential_id"
        options={keys.map(({ acs_credential_id, display_name }) => ({ id: acs_credential_id, label: display_name }))}
        value={key}
        onChange={setKey}
      />
    </ActionForm>
  )
}
