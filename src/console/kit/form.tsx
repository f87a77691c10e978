/** A form whose errors are the server's: each beneath its field, what belongs to none of them above the buttons. */
import { useEffect, useRef, useState, type FormEvent, type ReactNode } from 'react'
import { Form } from 'react-aria-components'
import { ApiError } from '../api/client.ts'
import { Button } from './button.tsx'
import { DialogActions } from './dialog.tsx'
import { ErrorText, Notice } from './problem.tsx'
import styles from './form.module.css'

export interface ActionFormProps {
  /** Does it, and throws what the server said no with. */
  onSubmit: (values: FormData) => Promise<void>
  submitLabel: string
  /** A submit that takes something away looks like it. */
  look?: 'primary' | 'danger'
  onCancel?: () => void
  cancelLabel?: string
  isDisabled?: boolean
  children: ReactNode
}

export function ActionForm({
  onSubmit,
  submitLabel,
  look = 'primary',
  onCancel,
  cancelLabel = 'Cancel',
  isDisabled = false,
  children,
}: ActionFormProps) {
  const [failure, setFailure] = useState<Failure | null>(null)
  const [isPending, setPending] = useState(false)
  const form = useRef<HTMLFormElement>(null)
  // What is wrong may stand above what is seen: whoever pressed the button is led there.
  useEffect(() => {
    if (failure !== null) form.current?.querySelector<HTMLElement>(':is(input, textarea)[aria-invalid=true]')?.focus()
  }, [failure])

  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault()
    if (isPending) return
    const element = event.currentTarget
    setPending(true)
    setFailure(null)
    try {
      await onSubmit(new FormData(element))
    } catch (error) {
      setFailure(failureOf(error as Error, element))
    } finally {
      setPending(false)
    }
  }

  return (
    <Form
      ref={form}
      className={styles.form}
      validationErrors={failure?.fields ?? NO_FIELDS}
      onSubmit={(event) => void submit(event)}
    >
      {children}
      {failure !== null && <FormError failure={failure} />}
      <DialogActions>
        {onCancel !== undefined && <Button onPress={onCancel}>{cancelLabel}</Button>}
        <Button type="submit" look={look} isPending={isPending} isDisabled={isDisabled}>
          {submitLabel}
        </Button>
      </DialogActions>
    </Form>
  )
}

interface Failure {
  error: Error
  fields: Record<string, string[]>
  /** What no field of this form can show. */
  others: [string, string[]][]
}

const NO_FIELDS: Record<string, string[]> = {}

function failureOf(error: Error, form: HTMLFormElement): Failure {
  const fields = error instanceof ApiError ? error.fields : NO_FIELDS
  const shown = new Set([...form.elements].map((element) => element.getAttribute('name')))
  return { error, fields, others: Object.entries(fields).filter(([field]) => !shown.has(field)) }
}

function FormError({ failure: { error, fields, others } }: { failure: Failure }) {
  if (Object.keys(fields).length === 0) {
    return (
      <Notice tone="bad">
        <ErrorText error={error} />
      </Notice>
    )
  }
  if (others.length === 0) return null
  return (
    <Notice tone="bad">
      {others.map(([field, messages]) => (
        <p key={field}>
          <code>{field}</code>: {messages.join(' ')}
        </p>
      ))}
    </Notice>
  )
}

/** A text of the form: trimmed, and undefined when nothing was typed, so that it is left out of the call. */
export function textOf(values: FormData, name: string): string | undefined {
  const value = values.get(name)
  const text = typeof value === 'string' ? value.trim() : ''
  return text === '' ? undefined : text
}
