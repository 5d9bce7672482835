/** Quitting the application while something goes on. */
import { plural } from './plural';

export const quitting = {
  title: 'Quit Countersign?',
  live: (n: number) => `${n} ${plural(n, 'conversation goes', 'conversations go')} on`,
  held: (n: number) => `${n} ${plural(n, 'action is', 'actions are')} held`,
  more: (n: number) => `and ${n} more`,
  means:
    'Customers get no answer and nothing starts until Countersign is started again. What is stored stays, held actions wait on, and a deadline that passes is nobody’s no.',
  go: 'Quit',
  keep: 'Go on',
};
