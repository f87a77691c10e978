import { Plus } from 'lucide-react'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { useCommand, useList } from '../../api/queries.ts'
import type { UserIdentity } from '../../api/routes.ts'
import { Button } from '../../kit/button.tsx'
import { DataTable, type Column } from '../../kit/data-table.tsx'
import { DATE_TIME_WIDTH, DateTime } from '../../kit/date-time.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { ActionForm } from '../../kit/form.tsx'
import { Page } from '../../kit/page.tsx'
import { EmptyState } from '../../kit/problem.tsx'
import { useSearch } from '../../kit/search.ts'
import { StatePill } from '../../kit/status-pill.tsx'
import { personHref } from '../shared/links.ts'
import { identitiesOf, searched } from '../shared/lists.ts'
import { PersonFields, personOf } from './person-fields.tsx'

const columns: Column<UserIdentity>[] = [
  { id: 'name', header: 'Name', width: 'minmax(180px, 2fr)', cell: (person) => person.display_name },
  { id: 'email', header: 'E-mail address', width: 'minmax(180px, 2fr)', cell: (person) => person.email_address ?? '–' },
  { id: 'phone', header: 'Phone number', width: '160px', cell: (person) => person.phone_number ?? '–' },
  {
    id: 'created_at',
    header: 'Date Added',
    width: DATE_TIME_WIDTH,
    cell: (person) => <DateTime at={person.created_at} />,
  },
  { id: 'status', header: 'Status', width: '130px', cell: (person) => <StatePill of={person} /> },
]

export default function PeoplePage() {
  const search = useSearch()
  const [isAdding, setAdding] = useState(false)
  const list = useList('/user_identities/list', searched(search.settled), identitiesOf, { newestFirst: true })
  return (
    <Page
      title="People"
      actions={
        <Button look="primary" icon={Plus} onPress={() => setAdding(true)}>
          Add person
        </Button>
      }
    >
      <DataTable
        label="People"
        list={list}
        columns={columns}
        rowId={(person) => person.user_identity_id}
        rowName={(person) => person.display_name}
        idName="user_identity_id"
        href={(person) => personHref(person.user_identity_id)}
        search={{ ...search, label: 'Search people' }}
        empty={
          <EmptyState title="Nobody yet">
            A person is who an access grant is for: a guest, a tenant, a member of staff. Grants can also bring their
            own.
          </EmptyState>
        }
      />
      <AddPerson isOpen={isAdding} onClose={() => setAdding(false)} />
    </Page>
  )
}

function AddPerson({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const create = useCommand('/user_identities/create')
  const navigate = useNavigate()
  return (
    <Dialog title="Add person" isOpen={isOpen} onClose={onClose}>
      <ActionForm
        submitLabel="Add"
        onCancel={onClose}
        onSubmit={async (values) => {
          const { user_identity } = await create.mutateAsync(personOf(values))
          await navigate(personHref(user_identity.user_identity_id))
        }}
      >
        <PersonFields />
      </ActionForm>
    </Dialog>
  )
}
