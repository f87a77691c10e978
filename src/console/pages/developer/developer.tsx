import { useParams } from 'react-router'
import { Page } from '../../kit/page.tsx'
import { Tabs } from '../../kit/tabs.tsx'
import { ActionAttempts } from './action-attempts.tsx'
import { ApiKeys } from './api-keys.tsx'
import { Events } from './events.tsx'
import { Webhooks } from './webhooks.tsx'

/** What programs use: keys, webhooks, and what the API said and did. */
export default function DeveloperPage() {
  const { tab } = useParams()
  return (
    <Page title="Developer">
      <Tabs
        label="Developer"
        base="/developer"
        selected={tab}
        tabs={[
          { id: 'api-keys', label: 'API Keys', content: () => <ApiKeys /> },
          { id: 'webhooks', label: 'Webhooks', content: () => <Webhooks /> },
          { id: 'events', label: 'Events', content: () => <Events /> },
          { id: 'action-attempts', label: 'Action Attempts', content: () => <ActionAttempts /> },
        ]}
      />
    </Page>
  )
}
