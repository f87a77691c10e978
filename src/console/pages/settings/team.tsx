/** Who may use this workspace in the console. */
import { UserPlus } from 'lucide-react'
import { useState } from 'react'
import { useCommand, useList } from '../../api/queries.ts'
import type { Answer, TeamMember } from '../../api/routes.ts'
import { Button } from '../../kit/button.tsx'
import { copy } from '../../kit/clipboard.ts'
import { Confirm } from '../../kit/confirm.tsx'
import { DataTable, type Column } from '../../kit/data-table.tsx'
import { DATE_TIME_WIDTH, DateTime } from '../../kit/date-time.tsx'
import { Dialog, DialogActions } from '../../kit/dialog.tsx'
import { Select, TextField } from '../../kit/fields.tsx'
import { ActionForm, textOf } from '../../kit/form.tsx'
import { Page } from '../../kit/page.tsx'
import { EmptyState } from '../../kit/problem.tsx'
import { StatusPill } from '../../kit/status-pill.tsx'
import { toast } from '../../kit/toasts.ts'
import { useUser } from '../../shell/context.ts'

const nameOf = (member: TeamMember): string => member.full_name ?? member.email_address

const columns: Column<TeamMember>[] = [
  { id: 'name', header: 'Name', width: 'minmax(160px, 2fr)', cell: nameOf },
  {
    id: 'email_address',
    header: 'E-mail address',
    width: 'minmax(200px, 2fr)',
    cell: (member) => member.email_address,
  },
  { id: 'role', header: 'Role', width: '110px', cell: ({ role }) => (role === 'owner' ? 'Owner' : 'Member') },
  {
    id: 'joined_at',
    header: 'Since',
    width: DATE_TIME_WIDTH,
    cell: (member) => <DateTime at={member.joined_at} none="–" />,
  },
  {
    id: 'status',
    header: 'Status',
    width: '140px',
    cell: ({ is_invitation_pending }) =>
      is_invitation_pending ? (
        <StatusPill tone="busy">Invited</StatusPill>
      ) : (
        <StatusPill tone="good">Member</StatusPill>
      ),
  },
]

const membersOf = (answer: Answer<'/console/team/list'>): TeamMember[] => answer.team_members

export default function TeamPage() {
  const list = useList('/console/team/list', {}, membersOf, { paged: false })
  const add = useCommand('/console/team/add_member')
  const remove = useCommand('/console/team/remove_member')
  const me = useUser()
  const [isAdding, setAdding] = useState(false)
  const [role, setRole] = useState<TeamMember['role']>('member')
  const [invitation, setInvitation] = useState<string | null>(null)
  const [removing, setRemoving] = useState<TeamMember | null>(null)
  const close = (): void => setAdding(false)
  return (
    <Page
      title="Team"
      actions={
        <Button look="primary" icon={UserPlus} onPress={() => setAdding(true)}>
          Add member
        </Button>
      }
    >
      <DataTable
        label="Team"
        list={list}
        columns={columns}
        rowId={(member) => member.user_id}
        rowName={nameOf}
        idName="user_id"
        actions={(member) => [
          {
            id: 'remove',
            label: member.user_id === me.user_id ? 'Leave' : 'Remove',
            isDangerous: true,
            onAction: () => setRemoving(member),
          },
        ]}
        empty={<EmptyState title="Nobody is here" />}
      />
      <Dialog title="Add member" isOpen={isAdding} onClose={close}>
        <ActionForm
          submitLabel="Add"
          onCancel={close}
          onSubmit={async (values) => {
            const full_name = textOf(values, 'full_name')
            const answer = await add.mutateAsync({
              email_address: textOf(values, 'email_address') ?? '',
              role,
              ...(full_name === undefined ? {} : { full_name }),
            })
            close()
            if (answer.invitation_url === null) toast('Member added')
            else setInvitation(answer.invitation_url)
          }}
        >
          <TextField label="E-mail address" name="email_address" type="email" isRequired autoComplete="off" />
          <TextField label="Full name" name="full_name" autoComplete="off" />
          <Select
            label="Role"
            name="role"
            options={[
              { id: 'member', label: 'Member' },
              { id: 'owner', label: 'Owner' },
            ]}
            value={role}
            onChange={(id) => setRole(id as TeamMember['role'])}
          />
        </ActionForm>
      </Dialog>
      <Dialog title="Invitation" isOpen={invitation !== null} isHeld onClose={() => setInvitation(null)}>
        <p>Send this link to the new member. It works once, for seven days; this server sends no mail.</p>
        <TextField label="Link" value={invitation ?? ''} isReadOnly isMono />
        <DialogActions>
          <Button onPress={() => void copy(invitation ?? '', 'Link')}>Copy Link</Button>
          <Button look="primary" onPress={() => setInvitation(null)}>
            Done
          </Button>
        </DialogActions>
      </Dialog>
      <Confirm
        title={removing === null ? '' : `Remove ${nameOf(removing)}?`}
        isOpen={removing !== null}
        onClose={() => setRemoving(null)}
        confirmLabel="Remove"
        isDangerous
        onConfirm={async () => {
          await remove.mutateAsync({ user_id: removing?.user_id ?? '' })
          toast('Removed from the team')
        }}
      >
        <p>They can use this workspace no longer, from this moment on. Keys that they made stay.</p>
      </Confirm>
    </Page>
  )
}
