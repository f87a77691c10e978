import { useState } from 'react'
import { call } from '../api/client.ts'
import { Switch, TextField } from '../kit/fields.tsx'
import { ActionForm, textOf } from '../kit/form.tsx'
import { openWorkspace } from './address.ts'

export function NewWorkspaceForm({ onCancel }: { onCancel?: () => void }) {
  const [isSandbox, setSandbox] = useState(true)
  return (
    <ActionForm
      submitLabel="Create workspace"
      {...(onCancel === undefined ? {} : { onCancel })}
      onSubmit={async (values) => {
        const answer = await call(
          '/workspaces/create',
          {
            name: textOf(values, 'name') ?? '',
            company_name: textOf(values, 'company_name'),
            is_sandbox: isSandbox,
          },
          { withoutWorkspace: true },
        )
        openWorkspace(answer.workspace.workspace_id)
      }}
    >
      <TextField label="Name" name="name" isRequired autoFocus />
      <TextField label="Company" name="company_name" isRequired hint="Shown to people who connect their building." />
      <Switch isSelected={isSandbox} onChange={setSandbox}>
        Sandbox mode
      </Switch>
      <p>
        {isSandbox
          ? 'A virtual building to try things in: every access system is connected, and no real door is reached.'
          : 'For real buildings: it starts empty, and what you do opens real doors.'}
      </p>
    </ActionForm>
  )
}
