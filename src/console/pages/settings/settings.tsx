/** The workspace: its name, how its Connect Webviews look, and for a sandbox its reset. */
import { useState } from 'react'
import { call } from '../../api/client.ts'
import { useAnswer, useCommand } from '../../api/queries.ts'
import type { Params, Workspace } from '../../api/routes.ts'
import { Button } from '../../kit/button.tsx'
import { CopyableId } from '../../kit/copyable-id.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { Select, TextField } from '../../kit/fields.tsx'
import { ActionForm, textOf } from '../../kit/form.tsx'
import { Facts, Page, PageOf, Section } from '../../kit/page.tsx'
import { toast } from '../../kit/toasts.ts'
import { Attempt, Succeeded } from '../shared/attempt.tsx'
import styles from './settings.module.css'

export default function SettingsPage() {
  return (
    <PageOf query={useAnswer('/workspaces/get', {})} title="Settings">
      {({ workspace }) =>
        workspace !== undefined && (
          <Page title="Settings">
            <Name workspace={workspace} />
            <Look workspace={workspace} />
            {workspace.is_sandbox && <Reset workspace={workspace} />}
          </Page>
        )
      }
    </PageOf>
  )
}

function Name({ workspace }: { workspace: Workspace }) {
  const update = useCommand('/workspaces/update')
  return (
    <Section title="Workspace">
      <Facts
        facts={[
          ['workspace_id', <CopyableId key="id" id={workspace.workspace_id} what="workspace_id" />],
          ['Kind', workspace.is_sandbox ? 'Sandbox: virtual buildings alone' : 'Production: real doors'],
        ]}
      />
      <div className={styles.form}>
        <ActionForm
          submitLabel="Save"
          onSubmit={async (values) => {
            await update.mutateAsync({ name: textOf(values, 'name') ?? '' })
            toast('Workspace saved')
          }}
        >
          <TextField label="Name" name="name" defaultValue={workspace.name} isRequired />
        </ActionForm>
      </div>
    </Section>
  )
}

function Look({ workspace }: { workspace: Workspace }) {
  const update = useCommand('/workspaces/update')
  const look = workspace.connect_webview_customization
  const [shape, setShape] = useState<string>(look.logo_shape ?? 'circle')
  return (
    <Section title="Connect Webviews">
      <p>
        How the pages look on which somebody connects an access system. New pages alone: those that exist stay as they
        are.
      </p>
      <div className={styles.form}>
        <ActionForm
          submitLabel="Save"
          onSubmit={async (values) => {
            const params = {
              connect_webview_customization: {
                primary_button_color: textOf(values, 'primary_button_color') ?? null,
                primary_button_text_color: textOf(values, 'primary_button_text_color') ?? null,
                success_message: textOf(values, 'success_message') ?? null,
                logo_shape: shape,
              },
            }
            await update.mutateAsync(params as Params<'/workspaces/update'>)
            toast('Look saved')
          }}
        >
          <TextField
            label="Colour of the main button"
            name="primary_button_color"
            defaultValue={look.primary_button_color ?? '#232426'}
            isMono
          />
          <TextField
            label="Colour of its text"
            name="primary_button_text_color"
            defaultValue={look.primary_button_text_color ?? '#ffffff'}
            isMono
          />
          <Select
            label="Shape of the logo"
            options={[
              { id: 'circle', label: 'Circle' },
              { id: 'square', label: 'Square' },
            ]}
            value={shape}
            onChange={setShape}
          />
          <TextField
            label="Said when it is done"
            name="success_message"
            defaultValue={look.success_message ?? ''}
            rows={2}
          />
        </ActionForm>
      </div>
    </Section>
  )
}

function Reset({ workspace }: { workspace: Workspace }) {
  const [isOpen, setOpen] = useState(false)
  const [attemptId, setAttemptId] = useState<string | null>(null)
  const close = (): void => {
    setOpen(false)
    setAttemptId(null)
  }
  return (
    <Section title="Reset Sandbox">
      <p>
        Everything in this sandbox goes: systems, people, grants, spaces and events. Keys, webhooks and the team stay,
        and the virtual buildings come back as new.
      </p>
      <div>
        <Button look="danger" onPress={() => setOpen(true)}>
          Reset Sandbox
        </Button>
      </div>
      <Dialog title={`Reset “${workspace.name}”?`} isOpen={isOpen} onClose={close} size="small">
        {attemptId !== null ? (
          <Attempt
            actionAttemptId={attemptId}
            waiting={<p>The virtual buildings are built anew.</p>}
            done={() => <Succeeded>The sandbox is as new</Succeeded>}
            onRetry={() => setAttemptId(null)}
            onClose={() => window.location.reload()}
          />
        ) : (
          <ActionForm
            submitLabel="Reset Sandbox"
            look="danger"
            onCancel={close}
            onSubmit={async (values) => {
              if (textOf(values, 'confirmation') !== workspace.name)
                throw new Error(`Type “${workspace.name}” to confirm.`)
              const { action_attempt } = await call('/workspaces/reset_sandbox', {})
              setAttemptId(action_attempt.action_attempt_id)
            }}
          >
            <p>This cannot be taken back.</p>
            <TextField
              label={`Type “${workspace.name}” to confirm`}
              name="confirmation"
              isRequired
              autoComplete="off"
            />
          </ActionForm>
        )}
      </Dialog>
    </Section>
  )
}
