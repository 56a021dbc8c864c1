import './runs.css';
import { registerComponents } from '../ui/toolkit';
import { RunsPage } from './page';

const app = document.getElementById('app');
if (app) {
  registerComponents();
  new RunsPage(app);
}
