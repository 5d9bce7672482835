/** The one way from the interface to a station. A desk in the application window and a desk in a browser differ only behind it. */
import type {
  AgentGrant,
  ApprovalsView,
  CaseFile,
  CardView,
  ChangeAhead,
  ChannelsView,
  ChatSettings,
  Command,
  ConversationsView,
  FleetView,
  FloorSearch,
  Counted,
  CountedView,
  CustomerOf,
  CustomerView,
  DecisionReceipt,
  DecisionRequest,
  ErasureAhead,
  EscalationsView,
  Link,
  Looking,
  Notice,
  MetricsView,
  NewServer,
  OutcomeView,
  OverridePreview,
  PeopleView,
  Period,
  PoliciesView,
  Problem,
  Query,
  RecordView,
  ServerTried,
  ServerView,
  SessionView,
  Slice,
  ToolFormsView,
  ToolSettings,
  ToolsView,
  TrailChoices,
  TrailSearch,
  TrailView,
  TranscriptView,
  Waits,
  WhisperPreview,
} from '../generated/wire';

/** What a host tells unasked. `changed` asks for a refetch; `looking` says who looks at what now; `provisional` what a model writes in the conversation that is listened to; `lost` and `found` speak of the connection itself. */
export type Ears = {
  changed: (asOf: number) => void;
  looking: (looking: Looking[]) => void;
  provisional: (conversation: string, text: string) => void;
  lost: (retryAt: number | null) => void;
  found: () => void;
  signedOut: () => void;
};

/** Hands a notice to whoever it is for. */
export function hand(notice: Notice, ears: Ears): void {
  switch (notice.notice) {
    case 'looking':
      return ears.looking(notice.looking);
    case 'provisional':
      return ears.provisional(notice.conversation, notice.text);
    case 'changed':
      return ears.changed(notice.as_of);
  }
}

/** Notices of the desktop around this desk. */
export type Desktop = {
  /** `ask`: the person must allow them first. `refused`: they did not. `off`: there are none here. */
  state(): 'on' | 'ask' | 'refused' | 'off';
  /** Asks the person, where they must be asked; whether notices may be shown. */
  ask(): Promise<boolean>;
  /** Shows one in the place of the one before; fails with what is in the way. */
  show(title: string, body: string, chosen: () => void): Promise<void>;
  /** Takes back what is shown. */
  clear(): void;
};

export type Host = {
  /** `window` signs with the device's key, `browser` lets the station sign. */
  readonly kind: 'window' | 'browser';
  readonly desktop: Desktop;
  query<T>(query: Query): Promise<T>;
  command(command: Command): Promise<SessionView>;
  decide(decision: DecisionRequest): Promise<DecisionReceipt>;
  /** The station on another machine that this desk is at, as `HOST:PORT`; null at its own, and where none can be chosen. */
  connectedTo(): Promise<string | null>;
  /** Connects this desktop to the station with this code, and starts it again there. Fails with what is in the way. */
  connect(code: string): Promise<void>;
  /** Ends that, and starts again at the desktop's own station. */
  disconnect(): Promise<void>;
  /** Saves the certificate of a customer's erasure as a file; where, as far as that is known. */
  saveCertificate(of: CustomerOf, name: string, words: string): Promise<string | null>;
  /** Saves a conversation as a file that proves itself; where, as far as that is known. */
  saveCase(conversation: string): Promise<string | null>;
  /** The link that somebody opened outside and nobody has followed yet, once. */
  takeLink(): Promise<Link | null>;
  /** Tells when a link waits; the answer stops it. */
  onLink(hear: () => void): () => void;
  /** Tells when somebody asks to quit the application, with what goes on; the answer stops it. */
  onQuit(asked: (waits: Waits) => void): () => void;
  /** Answers that question. */
  quit(yes: boolean): Promise<void>;
  /** Starts listening; the answer stops it. */
  onNotice(ears: Ears): () => void;
  /** Tries a lost connection again now. */
  retry(): void;
};

/** A failure in the station's words, or, with `lost`, that the station could not be reached. */
export class HostProblem extends Error {
  readonly problem: Problem;
  readonly lost: boolean;

  constructor(problem: Problem, lost = false) {
    super(problem.message);
    this.name = 'HostProblem';
    this.problem = problem;
    this.lost = lost;
  }
}

/** Whether a value from outside has the form of a Problem. */
export function isProblem(value: unknown): value is Problem {
  return (
    typeof value === 'object' &&
    value !== null &&
    'code' in value &&
    'message' in value &&
    typeof value.message === 'string'
  );
}

/** Any thrown value as a Problem that can be shown. */
export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof HostProblem) return thrown.problem;
  if (isProblem(thrown)) return thrown;
  return { code: 'unavailable', message: thrown instanceof Error ? thrown.message : String(thrown), field: null };
}

/** The questions with their answer types, so that no caller names a type by hand. */
export const ask = {
  session: (host: Host) => host.query<SessionView>({ query: 'session' }),
  approvals: (host: Host) => host.query<ApprovalsView>({ query: 'approvals' }),
  card: (host: Host, action: string) => host.query<CardView>({ query: 'card', action }),
  preview: (host: Host, action: string, args: Record<string, unknown>) =>
    host.query<OverridePreview>({ query: 'preview_override', action, arguments: args }),
  tools: (host: Host, from: string) => host.query<ToolsView>({ query: 'tools', from }),
  toolChange: (host: Host, settings: ToolSettings, definition: string | null) =>
    host.query<ChangeAhead>({ query: 'tool_change', settings, definition }),
  serverTest: (host: Host, server: string) => host.query<ServerView>({ query: 'server_test', server }),
  serverTry: (host: Host, server: NewServer) => host.query<ServerTried>({ query: 'server_try', server }),
  chatChange: (host: Host, settings: ChatSettings) => host.query<ChangeAhead>({ query: 'chat_change', settings }),
  policies: (host: Host, from: string) => host.query<PoliciesView>({ query: 'policies', from }),
  fleet: (host: Host, from: string, to: string) => host.query<FleetView>({ query: 'fleet', from, to }),
  agentChange: (host: Host, agent: string, grant: AgentGrant, newToken: boolean) =>
    host.query<ChangeAhead>({ query: 'agent_change', agent, grant, new_token: newToken }),
  channels: (host: Host) => host.query<ChannelsView>({ query: 'channels' }),
  people: (host: Host) => host.query<PeopleView>({ query: 'people' }),
  customer: (host: Host, of: CustomerOf) => host.query<CustomerView>({ query: 'customer', of }),
  erasureAhead: (host: Host, of: CustomerOf) => host.query<ErasureAhead>({ query: 'erasure_ahead', of }),
  conversations: (host: Host, search: FloorSearch) => host.query<ConversationsView>({ query: 'conversations', search }),
  escalations: (host: Host) => host.query<EscalationsView>({ query: 'escalations' }),
  conversation: (host: Host, conversation: string) =>
    host.query<TranscriptView>({ query: 'conversation', conversation }),
  whisperPreview: (host: Host, text: string) => host.query<WhisperPreview>({ query: 'whisper_preview', text }),
  toolForms: (host: Host, conversation: string) => host.query<ToolFormsView>({ query: 'tool_forms', conversation }),
  outcome: (host: Host, action: string) => host.query<OutcomeView>({ query: 'outcome', action }),
  caseFile: (host: Host, conversation: string) => host.query<CaseFile>({ query: 'case_file', conversation }),
  trail: (host: Host, search: TrailSearch) => host.query<TrailView>({ query: 'trail', search }),
  trailChoices: (host: Host) => host.query<TrailChoices>({ query: 'trail_choices' }),
  record: (host: Host, position: number) => host.query<RecordView>({ query: 'record', position }),
  metrics: (host: Host, from: string, to: string, offsetMinutes: number) =>
    host.query<MetricsView>({ query: 'metrics', from, to, offset_minutes: offsetMinutes }),
  counted: (host: Host, period: Period, counted: Counted, slice: Slice | null) =>
    host.query<CountedView>({ query: 'counted', ...period, counted, slice }),
};
