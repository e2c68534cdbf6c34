"use strict";
// The code can be selected without this: the button appears only where it works.
document.querySelectorAll("button.copy").forEach(function (button) {
  const said = button.nextElementSibling;
  const code = said.nextElementSibling;
  const copied = function () {
    said.textContent = "Código copiado. Abra o aplicativo do seu banco e escolha Pix copia e cola.";
  };
  const select = function () {
    getSelection().selectAllChildren(code);
    if (document.execCommand("copy")) {
      copied();
    } else {
      said.textContent = "Não deu para copiar sozinho. O código está selecionado: copie pelo menu do aparelho.";
    }
  };
  button.hidden = false;
  said.textContent = "";
  button.addEventListener("click", function () {
    said.textContent = "";
    if (navigator.clipboard) {
      navigator.clipboard.writeText(code.textContent).then(copied, select);
    } else {
      select();
    }
  });
});
