package io.robusttrain.notebook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class CellGateTest {
  private final CellGate gate = new CellGate();

  @Test
  void anInterruptBetweenPiecesOfCodeReachesTheNextOneAndNothingElse() {
    gate.begin();
    gate.interrupt();
    assertThat(Thread.currentThread().isInterrupted()).as("where a compiler would be").isFalse();
    assertThat(gate.waits()).isTrue();
    assertThatThrownBy(gate::enter)
        .isInstanceOf(CellInterrupted.class)
        .hasMessage("the cell was interrupted");
    assertThat(gate.asked()).isTrue();
    gate.end();
    gate.begin();
    gate.enter();
    assertThat(gate.asked()).isFalse();
    gate.leave();
    gate.end();
  }

  @Test
  void anInterruptThatCodeDoesNotNoticeWaits() {
    gate.begin();
    gate.enter();
    gate.interrupt();
    assertThat(Thread.currentThread().isInterrupted()).isTrue();
    gate.leave();
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
    assertThat(gate.waits()).isTrue();
    gate.end();
  }

  @Test
  void anInterruptThatCodeNoticedIsOver() {
    gate.begin();
    gate.enter();
    gate.interrupt();
    assertThat(Thread.interrupted()).isTrue();
    gate.leave();
    assertThat(gate.waits()).isFalse();
    gate.end();
  }

  @Test
  void anInterruptWithoutACellIsNobodys() {
    gate.interrupt();
    gate.begin();
    assertThat(gate.waits()).isFalse();
    gate.end();
  }
}
