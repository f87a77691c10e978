import { Component, type ErrorInfo, type ReactNode } from 'react'
import { Button } from '../kit/button.tsx'
import { ErrorText, Notice } from '../kit/problem.tsx'
import styles from './error-boundary.module.css'

interface Props {
  /** When this changes, what broke is tried again. */
  resetKey?: string
  children: ReactNode
}

interface State {
  error: Error | null
  resetKey: string | undefined
}

/** Keeps the rest of the console usable when one page breaks. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { error: null, resetKey: this.props.resetKey }

  static getDerivedStateFromError(error: unknown): Partial<State> {
    return { error: error instanceof Error ? error : new Error(String(error)) }
  }

  static getDerivedStateFromProps(props: Props, state: State): Partial<State> | null {
    return props.resetKey === state.resetKey ? null : { error: null, resetKey: props.resetKey }
  }

  override componentDidCatch(error: unknown, info: ErrorInfo): void {
    // For whoever opens the developer tools: nothing is sent anywhere.
    console.error(error, info.componentStack)
  }

  override render(): ReactNode {
    const { error } = this.state
    if (error === null) return this.props.children
    return (
      <div className={styles.broken}>
        <Notice tone="bad" title="This page has stopped working">
          <ErrorText error={error} />
          <p>Nothing was changed by that. Try again, or load the console anew, which also gets its newest version.</p>
        </Notice>
        <div className={styles.actions}>
          <Button onPress={() => this.setState({ error: null })}>Try again</Button>
          <Button onPress={() => window.location.reload()}>Load anew</Button>
        </div>
      </div>
    )
  }
}
