import { Desk } from "./desk.js";

new Desk(document.body).start();
