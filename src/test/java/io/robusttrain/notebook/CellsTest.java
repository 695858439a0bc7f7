package io.robusttrain.notebook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.robusttrain.waiting.Waiting;
import io.robusttrain.waiting.Waiting.Work;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import jdk.jshell.SourceCodeAnalysis.Completeness;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Cells of a notebook in this process. */
@Timeout(300)
class CellsTest {
  @TempDir private static Path classes;

  private static Cells cells;

  @BeforeAll
  static void begin() {
    cells = new Cells(classes, Notebook.beginning());
  }

  @AfterAll
  static void end() {
    cells.close();
  }

  private static Optional<Object> run(int number, String code) throws CellFailure {
    return cells.run(number, code, Function.identity());
  }

  private static CellFailure failure(int number, String code) {
    return catchThrowableOfType(CellFailure.class, () -> run(number, code));
  }

  private static String block(CellFailure failure) {
    return String.join("\n", failure.lines()).replaceAll("\u001b\\[[\\d;]*m", "");
  }

  @Test
  void theResultIsTheObjectThatTheLastExpressionGivesUnlessASemicolonEndsIt() throws Exception {
    assertThat(run(1, "int a = 2;\nint twice(int x) { return 2 * x; }\ntwice(a)")).contains(4);
    assertThat(run(2, "a = 5; // an assignment\na")).contains(5);
    assertThat(run(3, "List.of(a, 6)")).contains(java.util.List.of(5, 6));
    assertThat(run(4, "twice(a);")).isEmpty();
    assertThat(run(5, "var b = 3;")).isEmpty();
    assertThat(run(6, "if (b > 2) { b = 1; }\nfor (int i = 0; i < 3; i++) b++;\nb")).contains(4);
    assertThat(run(7, "// nothing\n")).isEmpty();
  }

  @Test
  void aCellCanBeRunAgain() throws Exception {
    String cell = "record Pair(int x, int y) {}\nvar pair = new Pair(1, 2);\npair.x() + pair.y()";
    assertThat(run(1, cell)).contains(3);
    assertThat(run(2, cell)).contains(3);
  }

  @Test
  void whatTheCompilerRefusesIsShownWithItsLine() {
    CellFailure type = failure(1, "int right = 1;\n  int wrong = \"text\";\n");
    assertThat(type.name()).isEqualTo("CompilationError");
    assertThat(type)
        .hasMessage("line 2: incompatible types: java.lang.String cannot be converted to int");
    assertThat(block(type))
        .isEqualTo(
            """
            CompilationError
            line 2: incompatible types: java.lang.String cannot be converted to int
                int wrong = "text";
                            ^""");
    assertThat(block(failure(2, "\nvar x = Nowhere.of(3);")))
        .contains("line 2: cannot find symbol", "symbol:   variable Nowhere")
        .doesNotContain("location:");
  }

  @Test
  void nothingOfACellRunsThatEndsInTheMiddleOfAStatement() {
    assertThat(failure(1, "int ran = 1;\nif (ran > 0) {\n")).hasMessageStartingWith("line ");
    assertThat(failure(2, "ran")).hasMessageContaining("cannot find symbol");
    assertThat(failure(3, "int right = 1;\nint = 3;\n")).hasMessageStartingWith("line 2: ");
  }

  @Test
  void whatIsThrownIsShownWithTheLineOfItsCell() throws Exception {
    run(
        1,
        "int half(int x) {\n  return x / 2;\n}\n// broken\nint broken(int x) {\n  return x / 0;\n}");
    CellFailure failure = failure(2, "half(4);\n\nvar y =\n    broken(4);");
    assertThat(failure.name()).isEqualTo("ArithmeticException");
    assertThat(block(failure))
        .isEqualTo(
            """
            ArithmeticException in line 4: broken(4);
            / by zero
                at cell 1, line 6: return x / 0;
                at line 4""");
    assertThat(
            block(
                failure(
                    3, "List.of(1, 2)\n    .forEach(x -> {\n      half((Integer) null);\n    });")))
        .startsWith("NullPointerException in line 3: half((Integer) null);\n");
    assertThat(block(failure(4, "throw new IllegalStateException(\"a\", new Error(\"b\"));")))
        .startsWith("IllegalStateException in line 1: throw new")
        .contains("\na\ncaused by Error: b\n");
  }

  @Test
  void aLambdaThatExecutorsDoNotHaveIsSaidWithoutTheirStack() {
    String message =
        "Job aborted: java.lang.ClassCastException: cannot assign instance of java.lang.invoke.SerializedLambda to field f";
    CellFailure failure =
        failure(
            8, "throw new RuntimeException(\"%s\\n\\tat a.B.c(B.java:1)\\n\");".formatted(message));
    assertThat(failure)
        .hasMessage(
            message
                + "\nexecutors of a cluster do not have the classes of cells: write the expression over columns, or work on a local master");
    assertThat(block(failure))
        .startsWith("RuntimeException in line 1: throw new")
        .doesNotContain("\tat a.B.c(");
  }

  @Test
  void aLoopThatWaitsForNothingIsInterruptedAndTheNextCellRuns() throws Exception {
    System.clearProperty("cells.test");
    // The loop tells that it runs: an interrupt before it has begun would find no line of it.
    String loop = "while (true) { System.setProperty(\"cells.test\", \"runs\"); }";
    CompletableFuture<CellFailure> endless = Waiting.start(() -> failure(8, "int x = 1;\n" + loop));
    Waiting.until(
        "the loop runs", Work.of(endless), () -> System.getProperty("cells.test") != null);
    cells.interrupt();
    assertThat(block(endless.get()))
        .isEqualTo("Interrupted in line 2: " + loop + "\nthe cell was interrupted");
    cells.interrupt();
    assertThat(run(9, "Thread.sleep(1); 3")).contains(3);
  }

  @Test
  void anInterruptThatCodeDoesNotNoticeEndsTheCellAtItsNextLine() throws Exception {
    CellFailure between = failure(8, "Thread.currentThread().interrupt();\n\nint unseen = 1;");
    assertThat(block(between))
        .isEqualTo("Interrupted in line 3: int unseen = 1;\nthe cell was interrupted");
    assertThat(failure(9, "unseen")).hasMessageContaining("cannot find symbol");
    assertThat(run(10, "Thread.sleep(1); 3")).contains(3);
  }

  @Test
  void showingAResultIsInterruptedToo() throws Exception {
    CellFailure showing =
        catchThrowableOfType(
            CellFailure.class,
            () ->
                cells.run(
                    8,
                    "int three = 3;\nthree",
                    value -> {
                      cells.interrupt();
                      Interruption.check();
                      return value;
                    }));
    assertThat(block(showing)).isEqualTo("Interrupted in line 2: three\nthe cell was interrupted");
    assertThat(run(9, "three")).contains(3);
  }

  @Test
  void namesAreCompletedAndSaid() throws Exception {
    run(1, "String word = \"some text\";");
    Cells.Completion completion = cells.complete("int a = 1;\nword.subst", 21);
    assertThat(completion.texts()).contains("substring(");
    assertThat(completion.from()).isEqualTo(16);
    assertThat(cells.inspect("word.substring(", 15).orElseThrow())
        .contains("String String.substring(int beginIndex)");
    assertThat(cells.inspect("int a;\nword", 9)).contains("word:java.lang.String\n= \"some text\"");
    assertThat(cells.inspect("nowhere", 7)).isEmpty();
  }

  @Test
  void aCellIsCompleteOrGoesOnOrIsEmpty() {
    assertThat(cells.completeness("int a = 1;\na + 2")).isEqualTo(Completeness.COMPLETE);
    assertThat(cells.completeness("int a = 1;\nfor (;;) {"))
        .isEqualTo(Completeness.DEFINITELY_INCOMPLETE);
    assertThat(cells.completeness("// nothing")).isEqualTo(Completeness.EMPTY);
  }
}
