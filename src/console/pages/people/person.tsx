import { Pencil } from 'lucide-react'
import { useState } from 'react'
import { useNavigate, useParams } from 'react-router'
import { useAnswer, useCommand, useList } from '../../api/queries.ts'
import type { AccessGrant, AcsUser, Answer, Phone, UserIdentity } from '../../api/routes.ts'
import { Button } from '../../kit/button.tsx'
import { Confirm } from '../../kit/confirm.tsx'
import { CopyableId } from '../../kit/copyable-id.tsx'
import { DataTable, type Column } from '../../kit/data-table.tsx'
import { DATE_TIME_WIDTH, DateTime } from '../../kit/date-time.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { ActionForm } from '../../kit/form.tsx'
import { MoreMenu } from '../../kit/menu.tsx'
import { Facts, Page, PageOf, Section } from '../../kit/page.tsx'
import { EmptyState } from '../../kit/problem.tsx'
import { Problems } from '../../kit/problems.tsx'
import { StatePill } from '../../kit/status-pill.tsx'
import { Tabs } from '../../kit/tabs.tsx'
import { toast } from '../../kit/toasts.ts'
import { useAction } from '../../kit/use-action.ts'
import { useWorkspace } from '../../shell/context.ts'
import { EventsTable } from '../shared/events-table.tsx'
import { grantHref } from '../shared/links.ts'
import { credentialsOf, entrancesOf } from '../shared/lists.ts'
import { CredentialsTable, EntrancesTable, UsersTable } from '../shared/tables.tsx'
import { InstantKeys } from './instant-keys.tsx'
import { PersonFields, personOf } from './person-fields.tsx'

const CRUMBS = [{ label: 'People', href: '/people' }]

export default function PersonPage() {
  const { user_identity_id = '', tab } = useParams()
  const query = useAnswer('/user_identities/get', { user_identity_id })
  return (
    <PageOf query={query} title="Person" crumbs={CRUMBS}>
      {({ user_identity: person }) => (
        <Page
          title={person.display_name}
          crumbs={CRUMBS}
          aside={
            <>
              <StatePill of={person} />
              <CopyableId id={user_identity_id} what="user_identity_id" />
            </>
          }
          actions={<PersonActions person={person} />}
        >
          <Problems of={person} />
          <Section title="Details">
            <Facts
              facts={[
                ['Full name', person.full_name],
                ['E-mail address', person.email_address],
                ['Phone number', person.phone_number],
                ['Key', person.user_identity_key],
                ['Added', <DateTime key="created" at={person.created_at} />],
              ]}
            />
          </Section>
          <Tabs
            label={`About ${person.display_name}`}
            base={`/people/${user_identity_id}`}
            selected={tab}
            tabs={[
              { id: 'grants', label: 'Access Grants', content: () => <Grants person={person} /> },
              {
                id: 'credentials',
                label: 'Credentials',
                content: () => <Credentials userIdentityId={user_identity_id} />,
              },
              {
                id: 'entrances',
                label: 'Entrances',
                content: () => <Entrances userIdentityId={user_identity_id} />,
              },
              { id: 'users', label: 'Access Systems', content: () => <Users userIdentityId={user_identity_id} /> },
              {
                id: 'instant-keys',
                label: 'Instant Keys',
                content: () => <InstantKeys person={person} />,
              },
              { id: 'phones', label: 'Phones', content: () => <Phones person={person} /> },
              {
                id: 'events',
                label: 'Events',
                content: () => (
                  <EventsTable label={`Events of ${person.display_name}`} filters={{ user_identity_id }} />
                ),
              },
            ]}
          />
        </Page>
      )}
    </PageOf>
  )
}

function PersonActions({ person }: { person: UserIdentity }) {
  const [open, setOpen] = useState<'edit' | 'delete' | null>(null)
  const close = (): void => setOpen(null)
  const { user_identity_id } = person
  const update = useCommand('/user_identities/update', ['acs_user'])
  const remove = useCommand('/user_identities/delete', ['acs_user', 'access_grant', 'acs_credential'])
  const navigate = useNavigate()
  return (
    <>
      <Button icon={Pencil} onPress={() => setOpen('edit')}>
        Edit
      </Button>
      <MoreMenu
        label={`More for ${person.display_name}`}
        actions={[{ id: 'delete', label: 'Delete', isDangerous: true, onAction: () => setOpen('delete') }]}
      />
      <Dialog title={`Edit ${person.display_name}`} isOpen={open === 'edit'} onClose={close}>
        <ActionForm
          submitLabel="Save"
          onCancel={close}
          onSubmit={async (values) => {
            const wish = personOf(values)
            await update.mutateAsync({
              user_identity_id,
              // An emptied field is cleared; one that was empty before is left alone.
              ...Object.fromEntries(
                Object.entries(wish)
                  .map(([field, value]) => [field, value ?? null] as const)
                  .filter(([field, value]) => value !== (person[field as keyof typeof wish] ?? null)),
              ),
            })
            toast('Person saved')
            close()
          }}
        >
          <PersonFields person={person} />
        </ActionForm>
      </Dialog>
      <Confirm
        title={`Delete ${person.display_name}?`}
        isOpen={open === 'delete'}
        onClose={close}
        confirmLabel="Delete person"
        isDangerous
        onConfirm={async () => {
          await remove.mutateAsync({ user_identity_id })
          toast(`${person.display_name} is being deleted`)
          await navigate('/people')
        }}
      >
        All their access grants, credentials, phones and links end. Cards that carry their own data go on opening
        offline doors until they are overwritten or end.
      </Confirm>
    </>
  )
}

const grantsOf = (answer: Answer<'/access_grants/list'>): AccessGrant[] => answer.access_grants

const grantColumns: Column<AccessGrant>[] = [
  { id: 'name', header: 'Name', width: 'minmax(160px, 2fr)', cell: (grant) => grant.display_name },
  { id: 'starts_at', header: 'Start', width: DATE_TIME_WIDTH, cell: (grant) => <DateTime at={grant.starts_at} /> },
  {
    id: 'ends_at',
    header: 'End',
    width: DATE_TIME_WIDTH,
    cell: (grant) => <DateTime at={grant.ends_at} none="no end" />,
  },
  {
    id: 'methods',
    header: 'Ways in',
    width: '100px',
    isNumber: true,
    cell: (grant) => grant.access_method_ids.length,
  },
  { id: 'status', header: 'Status', width: '140px', cell: (grant) => <StatePill of={grant} /> },
]

function Grants({ person }: { person: UserIdentity }) {
  const { user_identity_id } = person
  const list = useList('/access_grants/list', { user_identity_id }, grantsOf, { newestFirst: true })
  return (
    <DataTable
      label="Access Grants"
      list={list}
      columns={grantColumns}
      rowId={(grant) => grant.access_grant_id}
      rowName={(grant) => grant.display_name}
      idName="access_grant_id"
      href={(grant) => grantHref(grant.access_grant_id)}
      empty={
        <EmptyState title="No access grants">
          {person.display_name} may go nowhere by a grant. Create one under Access Grants.
        </EmptyState>
      }
    />
  )
}

function Credentials({ userIdentityId }: { userIdentityId: string }) {
  const list = useList('/acs/credentials/list', { user_identity_id: userIdentityId }, credentialsOf, {
    newestFirst: true,
  })
  return (
    <CredentialsTable
      label="Credentials"
      list={list}
      empty={<EmptyState title="No credentials">Access grants make the credentials they need.</EmptyState>}
    />
  )
}

function Entrances({ userIdentityId }: { userIdentityId: string }) {
  const list = useList(
    '/user_identities/list_accessible_entrances',
    { user_identity_id: userIdentityId },
    entrancesOf,
    { paged: false },
  )
  return (
    <EntrancesTable
      label="Entrances"
      list={list}
      empty={<EmptyState title="Opens no door">Doors come with access grants, groups and credentials.</EmptyState>}
    />
  )
}

const linkedOf = (answer: Answer<'/user_identities/list_acs_users'>): AcsUser[] => answer.acs_users

function Users({ userIdentityId }: { userIdentityId: string }) {
  const list = useList('/user_identities/list_acs_users', { user_identity_id: userIdentityId }, linkedOf, {
    paged: false,
  })
  return (
    <UsersTable
      label="Users in access systems"
      list={list}
      empty={
        <EmptyState title="Known to no access system">
          A user is made in a system when the person gets access there, or linked on a user’s page.
        </EmptyState>
      }
    />
  )
}

const phonesOf = (answer: Answer<'/phones/list'>): Phone[] => answer.phones

const phoneColumns: Column<Phone>[] = [
  { id: 'name', header: 'Name', width: 'minmax(160px, 2fr)', cell: (phone) => phone.display_name },
  { id: 'kind', header: 'Kind', width: '160px', cell: (phone) => phone.device_type.replace('_', ' ') },
  {
    id: 'created_at',
    header: 'Date Added',
    width: DATE_TIME_WIDTH,
    cell: (phone) => <DateTime at={phone.created_at} />,
  },
  { id: 'status', header: 'Status', width: '140px', cell: (phone) => <StatePill of={phone} /> },
]

function Phones({ person }: { person: UserIdentity }) {
  const { user_identity_id } = person
  const { is_sandbox } = useWorkspace()
  const list = useList('/phones/list', { owner_user_identity_id: user_identity_id }, phonesOf, { paged: false })
  const create = useCommand('/phones/simulate/create_sandbox_phone', ['acs_credential'])
  const deactivate = useCommand('/phones/deactivate', ['acs_credential'])
  const { run, isPending } = useAction()
  const add = (): void =>
    run(async () => {
      await create.mutateAsync({ user_identity_id })
      toast('Sandbox phone made')
    })
  const remove = (phone: Phone): void =>
    run(async () => {
      await deactivate.mutateAsync({ device_id: phone.device_id })
      toast(`${phone.display_name} is deactivated`)
    })
  return (
    <DataTable
      label="Phones"
      list={list}
      columns={phoneColumns}
      rowId={(phone) => phone.device_id}
      rowName={(phone) => phone.display_name}
      idName="device_id"
      actions={(phone) => [{ id: 'deactivate', label: 'Deactivate', isDangerous: true, onAction: () => remove(phone) }]}
      filters={
        is_sandbox && (
          <Button isPending={isPending} onPress={add}>
            Create sandbox phone
          </Button>
        )
      }
      empty={
        <EmptyState title="No phones">
          A phone appears here once the person has opened a mobile key on it. An Instant Key link needs none.
        </EmptyState>
      }
    />
  )
}
