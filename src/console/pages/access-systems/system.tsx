import { Plus, RefreshCw } from 'lucide-react'
import { useState } from 'react'
import { useParams } from 'react-router'
import { useAnswer, useCommand, useList } from '../../api/queries.ts'
import type { AcsAccessGroup, AcsSystem } from '../../api/routes.ts'
import { Button } from '../../kit/button.tsx'
import { CopyableId } from '../../kit/copyable-id.tsx'
import { DataTable, type Column } from '../../kit/data-table.tsx'
import { DATE_TIME_WIDTH, DateTime } from '../../kit/date-time.tsx'
import { Loaded } from '../../kit/loaded.tsx'
import { Page } from '../../kit/page.tsx'
import { EmptyState } from '../../kit/problem.tsx'
import { Problems } from '../../kit/problems.tsx'
import { useSearch } from '../../kit/search.ts'
import { StatePill } from '../../kit/status-pill.tsx'
import { Tabs } from '../../kit/tabs.tsx'
import { toast } from '../../kit/toasts.ts'
import { useAction } from '../../kit/use-action.ts'
import { ConnectDialog } from '../shared/connect-dialog.tsx'
import { EventsTable } from '../shared/events-table.tsx'
import { groupHref } from '../shared/links.ts'
import { credentialsOf, entrancesOf, groupsOf, searched, usersOf } from '../shared/lists.ts'
import { useFacts } from '../shared/systems.ts'
import { CredentialsTable, EntrancesTable, UsersTable } from '../shared/tables.tsx'
import { AddUserDialog } from './add-user.tsx'
import { Encoders } from './encoders.tsx'

export default function SystemPage() {
  const { acs_system_id = '', tab } = useParams()
  const query = useAnswer('/acs/systems/get', { acs_system_id })
  const system = query.data?.acs_system
  return (
    <Page
      title={system?.name ?? 'Access System'}
      crumbs={[{ label: 'Access Systems', href: '/access-systems' }]}
      aside={
        system !== undefined && (
          <>
            <StatePill of={system} />
            <CopyableId id={acs_system_id} what="acs_system_id" />
          </>
        )
      }
      actions={system !== undefined && <SyncButton connectedAccountId={system.connected_account_id} />}
    >
      <Loaded query={query}>{({ acs_system }) => <System system={acs_system} tab={tab} />}</Loaded>
    </Page>
  )
}

function SyncButton({ connectedAccountId }: { connectedAccountId: string }) {
  const sync = useCommand('/connected_accounts/sync', ['acs_user', 'acs_entrance', 'acs_access_group'])
  const { run, isPending } = useAction()
  const press = (): void =>
    run(async () => {
      await sync.mutateAsync({ connected_account_id: connectedAccountId })
      toast('The system is being read again')
    })
  return (
    <Button icon={RefreshCw} isPending={isPending} onPress={press}>
      Sync
    </Button>
  )
}

/** Errors that a new login of the same account cures. */
const CURED_BY_LOGIN = ['account_disconnected', 'acs_system_disconnected', 'insufficient_permissions']

function System({ system, tab }: { system: AcsSystem; tab: string | undefined }) {
  const [isReconnecting, setReconnecting] = useState(false)
  const { acs_system_id } = system
  const facts = useFacts(system.external_type)
  const canReconnect = system.errors.some(({ error_code }) => CURED_BY_LOGIN.includes(error_code))
  return (
    <>
      <Problems of={system}>
        {canReconnect && <Button onPress={() => setReconnecting(true)}>Reconnect</Button>}
      </Problems>
      <Tabs
        label={`Parts of ${system.name}`}
        base={`/access-systems/${acs_system_id}`}
        selected={tab}
        tabs={[
          {
            id: 'users',
            label: 'Users',
            count: system.acs_user_count,
            content: () => <Users system={system} />,
          },
          {
            id: 'access-groups',
            label: 'Access Groups',
            count: system.acs_access_group_count,
            content: () => <AccessGroups acsSystemId={acs_system_id} />,
          },
          { id: 'entrances', label: 'Entrances', content: () => <Entrances acsSystemId={acs_system_id} /> },
          { id: 'credentials', label: 'Credentials', content: () => <Credentials acsSystemId={acs_system_id} /> },
          { id: 'encoders', label: 'Encoders', content: () => <Encoders system={system} /> },
          {
            id: 'events',
            label: 'Events',
            content: () => <EventsTable label={`Events of ${system.name}`} filters={{ acs_system_id }} />,
          },
        ]}
      />
      <ConnectDialog
        title={`Reconnect ${system.name}`}
        isOpen={isReconnecting}
        onClose={() => setReconnecting(false)}
        {...(facts === undefined ? {} : { provider: facts.provider })}
      />
    </>
  )
}

function Users({ system }: { system: AcsSystem }) {
  const search = useSearch()
  const [isAdding, setAdding] = useState(false)
  const list = useList(
    '/acs/users/list',
    { acs_system_id: system.acs_system_id, ...searched(search.settled) },
    usersOf,
    { newestFirst: true },
  )
  return (
    <>
      <UsersTable
        label="Users"
        list={list}
        search={{ ...search, label: 'Search users' }}
        filters={
          <Button icon={Plus} onPress={() => setAdding(true)}>
            Add user
          </Button>
        }
        empty={
          <EmptyState title="No users yet">
            Access grants add the people they are for. You can also add a user here, and give them credentials.
          </EmptyState>
        }
      />
      <AddUserDialog system={system} isOpen={isAdding} onClose={() => setAdding(false)} />
    </>
  )
}

const groupColumns: Column<AcsAccessGroup>[] = [
  { id: 'name', header: 'Name', width: 'minmax(200px, 2fr)', cell: (group) => group.display_name },
  {
    id: 'kind',
    header: 'Kind',
    width: 'minmax(160px, 1fr)',
    cell: (group) => group.external_type_display_name,
  },
  {
    id: 'created_at',
    header: 'Date Added',
    width: DATE_TIME_WIDTH,
    cell: (group) => <DateTime at={group.created_at} />,
  },
  { id: 'status', header: 'Status', width: '140px', cell: (group) => <StatePill of={group} /> },
]

function AccessGroups({ acsSystemId }: { acsSystemId: string }) {
  const search = useSearch()
  const params = { acs_system_id: acsSystemId, ...searched(search.settled) }
  const list = useList('/acs/access_groups/list', params, groupsOf, { paged: false })
  return (
    <DataTable
      label="Access Groups"
      list={list}
      columns={groupColumns}
      rowId={(group) => group.acs_access_group_id}
      rowName={(group) => group.display_name}
      idName="acs_access_group_id"
      href={groupHref}
      search={{ ...search, label: 'Search access groups' }}
      empty={
        <EmptyState title="No access groups">
          Groups come from the access system itself. Some systems have none: there, doors stand on the credential.
        </EmptyState>
      }
    />
  )
}

function Entrances({ acsSystemId }: { acsSystemId: string }) {
  const search = useSearch()
  const list = useList('/acs/entrances/list', { acs_system_id: acsSystemId, ...searched(search.settled) }, entrancesOf)
  return (
    <EntrancesTable
      label="Entrances"
      list={list}
      search={{ ...search, label: 'Search entrances' }}
      empty={<EmptyState title="No entrances">Entrances come from the access system itself.</EmptyState>}
    />
  )
}

function Credentials({ acsSystemId }: { acsSystemId: string }) {
  const search = useSearch()
  const list = useList(
    '/acs/credentials/list',
    { acs_system_id: acsSystemId, ...searched(search.settled) },
    credentialsOf,
    { newestFirst: true },
  )
  return (
    <CredentialsTable
      label="Credentials"
      list={list}
      search={{ ...search, label: 'Search credentials' }}
      empty={
        <EmptyState title="No credentials yet">
          Access grants make the credentials they need. A user’s page has Add Credential for a single one.
        </EmptyState>
      }
    />
  )
}
