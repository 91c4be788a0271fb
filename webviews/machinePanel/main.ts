import './main.css';
import './machinePage';
import { machine } from './machineModel';

void machine.start();
